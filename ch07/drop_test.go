package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"ch07/future"
	"ch07/kit"
	"ch07/kit/delay"
	"ch07/kit/leaktest"
)

// driven is a future of any type, for tests that poll it by hand.
type driven struct {
	poll func() error
	drop func()
}

func drive[T any](f future.Future[T]) driven {
	return driven{poll: func() error { _, err := f.Poll(); return err }, drop: func() { future.Drop(f) }}
}

// droppable are the examples' futures.
var droppable = map[string]struct {
	begin      func(*session) driven
	requests   []string
	concurrent bool // all requests begin at the first poll
	quiet      bool // it prints nothing
}{
	"coroutine":   {begin: func(s *session) driven { return drive(&twoRequests{s: s}) }, requests: hello(1, 2)},
	"async-await": {begin: func(s *session) driven { return drive(asyncMain(s)) }, requests: hello(0, 1, 2, 3, 4)},
	"join-all":    {begin: func(s *session) driven { return drive(requestAll(s)) }, requests: hello(0, 1, 2, 3, 4), concurrent: true},
	"one request": {begin: func(s *session) driven { return drive(request(s, 3)) }, requests: hello(3)},
	"stackful":    {begin: func(s *session) driven { return drive(longest(s, 3)) }, requests: hello(0, 1, 2), quiet: true},
}

func testSession(addr netip.AddrPort) (*session, *bytes.Buffer) {
	out := new(bytes.Buffer)
	return &session{env: &kit.Env{Out: out, Speed: 1000}, addr: addr, begin: time.Now()}, out
}

// isOver: it may be dropped once more, and not be polled.
func (d driven) isOver(t *testing.T) {
	t.Helper()
	d.drop()
	defer func() {
		t.Helper()
		if p := recover(); p != future.PolledAfterCompletion {
			t.Errorf("%v; want the panic %q", p, future.PolledAfterCompletion)
		}
	}()
	d.poll()
}

// TestOneAfterTheOther: no request begins before the one before it is answered, however
// often is polled; except for those that all begin at the first poll.
func TestOneAfterTheOther(t *testing.T) {
	for name, d := range droppable {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			arrived, answer := make(chan string, 10), make(chan struct{}, 10)
			addr := messageServer(t, len(d.requests), func(c net.Conn, message string) {
				arrived <- message
				<-answer
				ok(c, message)
			})
			defer close(answer)
			s, out := testSession(addr)
			f := d.begin(s)
			if len(s.rows) > 0 || out.Len() > 0 {
				t.Errorf("before the first poll: %d requests, %q", len(s.rows), out)
			}
			var err error = future.NotReady
			for i, message := range d.requests {
				for len(arrived) == 0 && err == future.NotReady {
					err = f.poll()
					time.Sleep(time.Millisecond)
				}
				if err != future.NotReady {
					t.Fatalf("%v before request %d", err, i)
				}
				if got := <-arrived; got != message && !d.concurrent {
					t.Errorf("%s is request %d", got, i)
				}
				for range 10 {
					err = f.poll()
				}
				begun := i + 1
				if d.concurrent {
					begun = len(d.requests)
				}
				if len(s.rows) != begun {
					t.Errorf("%d requests have begun, and %d are answered", len(s.rows), i)
				}
				if !d.concurrent {
					answer <- struct{}{}
				}
			}
			for range d.requests {
				answer <- struct{}{}
			}
			for err == future.NotReady {
				err = f.poll()
				time.Sleep(time.Millisecond)
			}
			got := printed(out.String())
			slices.Sort(got)
			if err != nil || !d.quiet && !slices.Equal(got, d.requests) {
				t.Errorf("%v, %q", err, out)
			}
			f.isOver(t)
		})
	}
}

// TestDrop drops before the first poll, while each number of requests has been answered,
// and when all have.
func TestDrop(t *testing.T) {
	for name, d := range droppable {
		for answers := -1; answers <= len(d.requests); answers++ {
			t.Run(fmt.Sprint(name, " ", answers), func(t *testing.T) {
				leaktest.Check(t)
				begun := min(answers+1, len(d.requests))
				if d.concurrent && answers >= 0 {
					begun = len(d.requests)
				}
				arrived := make(chan string, 10)
				addr := messageServer(t, begun, func(c net.Conn, message string) {
					arrived <- message
					if slices.Index(d.requests, message) < answers {
						ok(c, message)
						return
					}
					c.SetReadDeadline(time.Now().Add(time.Minute)) // to fail and not to hang
					if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
						t.Errorf("%d, %v; want the connection closed", n, err)
					}
				})
				s, out := testSession(addr)
				f := d.begin(s)
				reached := func() bool {
					return len(arrived) == begun && (d.quiet || len(printed(out.String())) == max(answers, 0))
				}
				var err error = future.NotReady
				for err == future.NotReady && (!reached() || answers == len(d.requests)) {
					err = f.poll()
					time.Sleep(time.Millisecond)
				}
				if (err != future.NotReady) != (answers == len(d.requests)) || err != future.NotReady && err != nil {
					t.Fatal(err)
				}
				before := out.String()
				f.drop()
				f.isOver(t)
				if out.String() != before || len(s.rows) != begun || len(s.errs) > 0 {
					t.Errorf("%d requests, %v; %q, then %q", len(s.rows), s.errs, before, out)
				}
				if starts := strings.HasPrefix(before, "Program starting\n"); starts && answers < 0 {
					t.Error("it ran without a poll")
				}
			})
		}
	}
}

// TestDropAtEveryPoll drops after each number of polls, however many it takes.
func TestDropAtEveryPoll(t *testing.T) {
	for name, d := range droppable {
		leaktest.Check(t)
		server, err := delay.Start("127.0.0.1:0", io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Close() })
		for k, done := 0, false; !done; k++ {
			s, out := testSession(server.Addr())
			f := d.begin(s)
			for n := 0; n < k && !done; n++ {
				err := f.poll()
				if done = err != future.NotReady; done && err != nil {
					t.Fatal(err)
				}
				time.Sleep(100 * time.Microsecond)
			}
			f.drop()
			f.isOver(t)
			if !done && k >= len(d.requests) && len(s.rows) == 0 {
				t.Errorf("%s: %d polls, and no request: %q", name, k, out)
			}
		}
	}
}
