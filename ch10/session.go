package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"ch10/future"
	"ch10/http"
	"ch10/kit"
	"ch10/runtime"
)

// A session is one run of an example: a server, a runtime, and the requests.
type session struct {
	env   *kit.Env
	addr  netip.AddrPort
	rt    *runtime.Runtime
	close func()
	begin time.Time
	rows  kit.Timeline
	errs  []error
}

// session begins one. Its runtime tells log what it does.
func (env *kit.Env) session(log io.Writer) (*session, error) {
	addr, stop, err := env.delayServer()
	if err != nil {
		return nil, err
	}
	rt, err := runtime.New(runtime.Options{Log: log})
	if err != nil {
		stop()
		return nil, err
	}
	s := &session{env: env, addr: addr, rt: rt, begin: time.Now()}
	s.close = func() {
		rt.Shutdown(context.Background())
		stop()
	}
	return s, nil
}

// get is http.Get of a message that takes so long.
func (s *session) get(d time.Duration, message string) future.Future[string] {
	path := s.path(d, message)
	return &timed{Future: http.Get(s.addr, path), s: s, Label: path[1:], says: "FIRST POLL - START OPERATION\n"}
}

func (s *session) path(d time.Duration, message string) string {
	return fmt.Sprintf("/%d/%s", s.env.Delay(d).Milliseconds(), message)
}

// timed is a future with a row in the kit.Timeline.
type timed struct {
	future.Future[string]
	s     *session
	label string
	says  string // at the first poll
	row   int    // 1 is the first; 0: not polled yet
}

func (t *timed) Poll(cx *future.Context) (string, error) {
	if t.row == 0 {
		fmt.Fprint(t.s.env.Out, t.says)
		t.s.rows = append(t.s.rows, kit.Row{Label: t.label, Start: time.Since(t.s.begin)})
		t.row = len(t.s.rows)
	}
	txt, err := t.Future.Poll(cx)
	if err != future.NotReady {
		row := &t.s.rows[t.row-1]
		row.end, row.failed = time.Since(t.s.begin), err != nil
	}
	return txt, err
}

func (t *timed) Drop() {
	future.Drop(t.Future)
	if t.row > 0 && t.s.rows[t.row-1].end == 0 { // under way
		row := &t.s.rows[t.row-1]
		row.end, row.failed = time.Since(t.s.begin), true
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

func (s *session) blockOn(ctx context.Context, f future.Future[struct{}]) error {
	_, err := runtime.BlockOn(ctx, s.rt, f)
	return err
}

// finish prints the kit.Timeline, and returns what went wrong.
func (s *session) finish(err error) error {
	fmt.Fprintln(s.env.Out)
	s.rows.Print(s.env.Out)
	return errors.Join(append(s.errs, err)...)
}
