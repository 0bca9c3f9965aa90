package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"ch08/future"
	"ch08/http"
	"ch08/kit"
	"ch08/runtime"
)

// A session is the requests of one run of an example. Any of its threads may use it.
type session struct {
	env   *kit.Env
	addr  netip.AddrPort
	close func()
	begin time.Time
	brief bool // print bodies, without the headers

	mu   sync.Mutex
	rows kit.Timeline
	errs []error
}

func (env *kit.Env) session() (*session, error) {
	addr, stop, err := env.delayServer()
	return &session{env: env, addr: addr, close: stop, begin: time.Now()}, err
}

// path is that of a request which takes so long.
func (s *session) path(d time.Duration, message string) string {
	return fmt.Sprintf("/%d/%s", s.env.Delay(d).Milliseconds(), message)
}

// get is http.Get, with a row in the kit.Timeline.
func (s *session) get(ex *runtime.Executor, path string) future.Future[string] {
	return s.timed(ex.Name+" "+path[strings.LastIndex(path, "/")+1:], http.Get(s.addr, path))
}

func (s *session) timed(label string, get future.Future[string]) future.Future[string] {
	return &timedGet{Future: get, s: s, Label: label}
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
		g.s.mu.Lock()
		g.s.rows = append(g.s.rows, kit.Row{Label: g.label, Start: time.Since(g.s.begin)})
		g.row = len(g.s.rows)
		g.s.mu.Unlock()
	}
	txt, err := g.Future.Poll(w)
	if err != future.NotReady {
		g.s.mu.Lock()
		row := &g.s.rows[g.row-1]
		row.end, row.failed = time.Since(g.s.begin), err != nil
		g.s.mu.Unlock()
	}
	return txt, err
}

func (g *timedGet) Drop() { future.Drop(g.Future) }

// print prints a response. One that failed must not keep the others from coming, so
// its error is kept until the end.
func (s *session) print(txt string, err error) {
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.errs = append(s.errs, err)
		return
	}
	if s.brief {
		_, txt, _ = strings.Cut(txt, "\r\n\r\n")
	}
	fmt.Fprintln(s.env.Out, txt)
}

// blockOn runs one executor, on a thread of its own.
func (s *session) blockOn(name string, mainTask func(*runtime.Executor) future.Future[struct{}]) error {
	ex, err := runtime.Init()
	if err != nil {
		return err
	}
	ex.Name, ex.Log = name, s.env.Out
	return ex.BlockOn(mainTask(ex))
}

// finish prints the kit.Timeline, and returns what went wrong.
func (s *session) finish(err error) error {
	fmt.Fprintln(s.env.Out)
	s.rows.Print(s.env.Out)
	return errors.Join(append(s.errs, err)...)
}
