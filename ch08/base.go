package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"ch08/future"
	"ch08/kit"
	"ch08/poll"
	"ch08/tcp"
)

// A baseRuntime has an event queue to sleep in, and one future. Every event can only be meant for
// that future, so blockOn polls it after each. (The book's leaf finds the queue in a global
// variable. It also uses one token twice, so a late event of the first request would count for the second.)
type baseRuntime struct {
	say   func(line string)
	poll  *poll.Poll
	token poll.Token // token of the newest source
}

func (rt *baseRuntime) blockOn(f future.Future[struct{}]) error {
	events := make([]poll.Event, 100)
	for {
		_, err := f.Poll(future.NoopWaker)
		if err != future.NotReady {
			return err
		}
		rt.say("Schedule other tasks")
		if _, err := rt.poll.Poll(events, patience); err != nil {
			future.Drop(f)
			return err
		}
	}
}

const (
	patience    = 30 * time.Second // time that a server may be silent
	maxResponse = 1 << 20          // bytes
)

// A baseGet is the leaf future for a baseRuntime, because the one of package http needs a reactor.
type baseGet struct {
	rt       *baseRuntime
	addr     netip.AddrPort
	path     string
	stream   *tcp.Stream // nil before the first poll
	unsent   *strings.Reader
	response bytes.Buffer
	heard    time.Time // time of the last progress
	done     bool
}

func (g *baseGet) Poll(future.Waker) (string, error) {
	if g.done {
		panic(future.PolledAfterCompletion)
	}
	err := g.progress()
	if err == tcp.ErrWouldBlock {
		if time.Since(g.heard) < patience {
			return "", future.NotReady
		}
		err = fmt.Errorf("nothing from the server in %v", patience)
	}
	g.Drop()
	if err != nil {
		return "", fmt.Errorf("GET %v%s: %w", g.addr, g.path, err)
	}
	return g.response.String(), nil
}

// progress does as much as it can without waiting. It returns tcp.ErrWouldBlock if it has to wait, nil at
// the end of a good response, or the error.
func (g *baseGet) progress() (err error) {
	if g.stream == nil {
		g.heard = time.Now()
		g.unsent = strings.NewReader("GET " + g.path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		if g.stream, err = tcp.Dial(g.addr); err != nil {
			return err
		}
		g.rt.token++
		if err := g.rt.poll.Registry().Register(g.stream, g.rt.token, poll.Readable|poll.Writable); err != nil {
			return err
		}
	}
	for g.unsent.Len() > 0 {
		if _, err := g.unsent.WriteTo(g.stream); err != nil && err != io.ErrShortWrite {
			return err
		}
	}
	n, err := g.response.ReadFrom(io.LimitReader(g.stream, maxResponse+1-int64(g.response.Len())))
	if n > 0 {
		g.heard = time.Now()
	}
	if err != nil {
		return err
	}
	return check(g.response.Bytes())
}

// check returns nil if the response is a whole 200, or else what is wrong.
func check(response []byte) error {
	switch len(response) {
	case 0:
		return errors.New("the server closed the connection without a response")
	case maxResponse + 1:
		return errors.New("the response is longer than 1 MiB")
	}
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(response)), nil)
	if err != nil {
		return fmt.Errorf("response: %.100w", err) // it quotes a line of any length
	}
	body, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %.100q: %.100q", r.Status, bytes.TrimSpace(body))
	}
	return err
}

// Drop closes the connection.
func (g *baseGet) Drop() {
	g.done = true
	if g.stream != nil {
		g.stream.Close() // which deregisters it
	}
}

func base(_ context.Context, env *kit.Env) error {
	return run(env, func(r *kit.Requests, say func(string)) error {
		p, err := poll.New()
		if err != nil {
			return err
		}
		defer p.Close()
		rt := &baseRuntime{say: say, poll: p}
		return rt.blockOn(twoRequests(r, say, func(d time.Duration, message string) future.Future[string] {
			path := r.Path(d, message)
			return observe(r, say, "main "+path[1:], &baseGet{rt: rt, addr: r.Addr, path: path})
		}))
	})
}

// observe prints a line at the first poll of a request, and adds the request to the timeline.
func observe(r *kit.Requests, say func(string), label string, get future.Future[string]) future.Future[string] {
	return future.Observe(get, func() func(error) {
		say("FIRST POLL - START OPERATION")
		return r.Row(label)
	})
}

// run runs an example that makes requests, and prints the lines that it says.
func run(env *kit.Env, example func(r *kit.Requests, say func(line string)) error) error {
	r, err := env.Requests()
	if err != nil {
		return err
	}
	defer r.Close()
	say := func(line string) { fmt.Fprintln(env.Out, line) }
	err = example(r, say)
	say("")
	return r.Finish(err)
}
