package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ch07/future"
	"ch07/http"
	"ch07/kit"
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

// path is the book's get_path: request i takes i seconds.
func (s *session) path(i int) string {
	return fmt.Sprintf("/%d/HelloWorld%d", s.env.Delay(time.Duration(i)*time.Second).Milliseconds(), i)
}

// get is http.Get, with a row in the kit.Timeline.
func (s *session) get(path string) future.Future[string] {
	return &timedGet{Future: http.Get(s.addr, path), s: s, Label: path[strings.LastIndex(path, "/")+1:]}
}

type timedGet struct {
	future.Future[string]
	s     *session
	label string
	row   int // 1 is the first; 0: not polled yet
}

func (g *timedGet) Poll() (string, error) {
	if g.row == 0 {
		g.s.rows = append(g.s.rows, kit.Row{Label: g.label, Start: time.Since(g.s.begin)})
		g.row = len(g.s.rows)
	}
	txt, err := g.Future.Poll()
	if err != future.NotReady {
		row := &g.s.rows[g.row-1]
		row.end, row.failed = time.Since(g.s.begin), err != nil
	}
	return txt, err
}

func (g *timedGet) Drop() { future.Drop(g.Future) }

// print prints a response. One that failed must not keep the others from coming, so
// its error is kept until the end.
func (s *session) print(txt string, err error) {
	if err != nil {
		s.errs = append(s.errs, err)
		return
	}
	fmt.Fprintf(s.env.Out, "%s\n\n", txt)
}

// run polls a future until it is ready, and sleeps 10 ms in between: the whole runtime
// of this chapter. Most of the book's loops never sleep, and keep a core busy.
func (s *session) run(f future.Future[struct{}]) error {
	return s.poll(f, func() { time.Sleep(s.env.Delay(10 * time.Millisecond)) })
}

func (s *session) poll(f future.Future[struct{}], notReady func()) error {
	for rounds := 1; ; rounds++ {
		_, err := f.Poll()
		if err == future.NotReady {
			notReady()
			continue
		}
		fmt.Fprintf(s.env.Out, "ELAPSED TIME: %v, %d rounds of polling\n\n", kit.Round(time.Since(s.begin)), rounds)
		s.rows.Print(s.env.Out)
		return errors.Join(append(s.errs, err)...)
	}
}

// body returns what stands behind a response's header.
func body(response string) string {
	_, b, _ := strings.Cut(response, "\r\n\r\n")
	return b
}
