package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"ch08/future"
	"ch08/http"
	"ch08/kit"
	"ch08/poll"
	"ch08/tcp"
)

// A baseRuntime has an event queue to sleep in, and one future. Whatever the event, it can
// only be meant for that one: nobody has to be told who is woken. (The book's leaf finds the queue
// in a global variable. And it uses one token twice, which a late event would confuse.)
type baseRuntime struct {
	env   *kit.Env
	poll  *poll.Poll
	token poll.Token // of the newest source
}

func (rt *baseRuntime) blockOn(f future.Future[struct{}]) error {
	events := make([]poll.Event, 100)
	for {
		_, err := f.Poll(future.NoopWaker)
		if err != future.NotReady {
			return err
		}
		fmt.Fprintln(rt.env.Out, "Schedule other tasks")
		if _, err := rt.poll.Poll(events, patience); err != nil {
			future.Drop(f)
			return err
		}
	}
}

const patience = 30 * time.Second // how long a server may be silent

// A baseGet is the leaf future for a baseRuntime: http.Get, but for the reactor.
type baseGet struct {
	rt       *baseRuntime
	addr     netip.AddrPort
	path     string
	stream   *tcp.Stream // nil before the first poll
	unsent   []byte
	response []byte
	heard    time.Time // when there was progress
	done     bool
}

func (g *baseGet) Poll(future.Waker) (string, error) {
	if g.done {
		panic(future.PolledAfterCompletion)
	}
	err := g.progress()
	switch {
	case err == tcp.ErrWouldBlock && time.Since(g.heard) >= patience:
		err = fmt.Errorf("nothing from the server in %v", patience)
	case err == tcp.ErrWouldBlock:
		return "", future.NotReady
	case err == io.EOF:
		err = http.Check(g.response)
	}
	g.Drop()
	if err != nil {
		return "", fmt.Errorf("GET %v%s: %w", g.addr, g.path, err)
	}
	return string(g.response), nil
}

func (g *baseGet) progress() (err error) {
	if g.stream == nil {
		g.heard = time.Now()
		g.unsent = []byte("GET " + g.path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		if g.stream, err = tcp.Dial(g.addr); err != nil {
			return err
		}
		g.rt.token++
		if err := g.rt.poll.Registry().Register(g.stream, g.rt.token, poll.Readable|poll.Writable); err != nil {
			return err
		}
	}
	for len(g.unsent) > 0 {
		n, err := g.stream.Write(g.unsent)
		if err != nil {
			return err
		}
		g.unsent = g.unsent[n:]
	}
	buf := make([]byte, 4096)
	for {
		n, err := g.stream.Read(buf)
		if err != nil {
			return err
		}
		g.heard = time.Now()
		if g.response = append(g.response, buf[:n]...); len(g.response) > 1<<20 {
			return errors.New("the response is longer than 1 MiB")
		}
	}
}

// Drop closes the connection.
func (g *baseGet) Drop() {
	g.done = true
	if g.stream != nil {
		g.stream.Close() // which deregisters it
	}
}

func base(_ context.Context, env *kit.Env) error {
	s, err := env.session()
	if err != nil {
		return err
	}
	defer s.close()
	p, err := poll.New()
	if err != nil {
		return err
	}
	defer p.Close()
	rt := &baseRuntime{env: env, poll: p}
	return s.finish(rt.blockOn(twoRequests(s, func(path string) future.Future[string] {
		return s.timed("main "+path[1:], &baseGet{rt: rt, addr: s.addr, path: path})
	})))
}
