package main

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"ch09/future"
	"ch09/http"
	"ch09/kit"
	"ch09/runtime"
)

// A session is the requests of one run of an example.
type session struct {
	env   *kit.Env
	addr  netip.AddrPort
	close func()
	begin time.Time
	rows  kit.Timeline
	errs  []error
}

func (env *kit.Env) session() (*session, error) {
	addr, stop, err := env.delayServer()
	return &session{env: env, addr: addr, close: stop, begin: time.Now()}, err
}

// get is http.Get of a message that takes so long, with a row in the kit.Timeline.
func (s *session) get(d time.Duration, message string) future.Future[string] {
	path := fmt.Sprintf("/%d/%s", s.env.Delay(d).Milliseconds(), message)
	return &timedGet{Future: http.Get(s.addr, path), s: s, Label: path[1:]}
}

type timedGet struct {
	future.Future[string]
	s     *session
	label string
	row   int // 1 is the first; 0: not polled yet
}

func (g *timedGet) Poll(w future.Waker) (string, error) {
	if g.row == 0 {
		fmt.Fprintln(g.s.env.Out, "FIRST POLL - START OPERATION")
		g.s.rows = append(g.s.rows, kit.Row{Label: g.label, Start: time.Since(g.s.begin)})
		g.row = len(g.s.rows)
	}
	txt, err := g.Future.Poll(w)
	if err != future.NotReady {
		row := &g.s.rows[g.row-1]
		row.end, row.failed = time.Since(g.s.begin), err != nil
	}
	return txt, err
}

func (g *timedGet) Drop() {
	future.Drop(g.Future)
	if g.row > 0 && g.s.rows[g.row-1].end == 0 { // under way
		row := &g.s.rows[g.row-1]
		row.end, row.failed = time.Since(g.s.begin), true
	}
}

// came reports whether a response has come. One that failed must not keep the others from
// coming, so its error is kept until the end.
func (s *session) came(err error) bool {
	if err != nil {
		s.errs = append(s.errs, err)
	}
	return err == nil
}

// blockOn runs one task.
func (s *session) blockOn(f future.Future[struct{}]) error {
	ex, err := runtime.Init()
	if err != nil {
		return err
	}
	ex.Log = s.env.Out
	return ex.BlockOn(f)
}

// finish prints the kit.Timeline, and returns what went wrong.
func (s *session) finish(err error) error {
	fmt.Fprintln(s.env.Out)
	s.rows.Print(s.env.Out)
	return errors.Join(append(s.errs, err)...)
}
