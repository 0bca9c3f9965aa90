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
	"ch07/kit/kittest"
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

// A testRun is what an example's futures are given, and what comes of it.
type testRun struct {
	r             *kit.Requests
	out, timeline bytes.Buffer
}

func newRun(t *testing.T, addr netip.AddrPort) *testRun {
	t.Helper()
	run := new(testRun)
	r, err := (&kit.Env{Out: &run.timeline, Speed: 1000, Server: addr.String()}).Requests()
	if err != nil {
		t.Fatal(err)
	}
	run.r = r
	return run
}

func (run *testRun) say(line string) { fmt.Fprintln(&run.out, line) }

// begun returns how many requests have begun, and what went wrong with them.
func (run *testRun) begun() (int, error) {
	run.timeline.Reset()
	err := run.r.Finish(nil)
	return bytes.Count(run.timeline.Bytes(), []byte("\n")) - 1, err
}

// droppable are the examples' futures.
var droppable = map[string]struct {
	begin      func(*testRun) driven
	requests   []string
	concurrent bool // all requests begin at the first poll
	quiet      bool // it prints no response
}{
	"coroutine":   {begin: func(s *testRun) driven { return drive(&twoRequests{r: s.r, say: s.say}) }, requests: hellos(1, 2)},
	"async-await": {begin: func(s *testRun) driven { return drive(asyncMain(s.r, s.say)) }, requests: hellos(0, 1, 2, 3, 4)},
	"join-all":    {begin: func(s *testRun) driven { return drive(requestAll(s.r, s.say)) }, requests: hellos(0, 1, 2, 3, 4), concurrent: true},
	"one request": {begin: func(s *testRun) driven { return drive(request(s.r, s.say, 3)) }, requests: hellos(3)},
	"stackful":    {begin: func(s *testRun) driven { return drive(longest(s.r, s.say)) }, requests: hellos(0, 1, 2), quiet: true},
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
			addr := kittest.RawServer(t, len(d.requests), func(c net.Conn, path string) {
				message := path[strings.LastIndex(path, "/")+1:]
				arrived <- message
				<-answer
				ok(c, message)
			})
			defer close(answer)
			s := newRun(t, addr)
			f := d.begin(s)
			if n, _ := s.begun(); n > 0 || s.out.Len() > 0 {
				t.Errorf("before the first poll: %d requests, %q", n, &s.out)
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
				if n, _ := s.begun(); n != begun {
					t.Errorf("%d requests have begun, and %d are answered", n, i)
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
			got := printed(s.out.String())
			slices.Sort(got)
			if err != nil || !d.quiet && !slices.Equal(got, d.requests) {
				t.Errorf("%v, %q", err, &s.out)
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
				addr := kittest.RawServer(t, begun, func(c net.Conn, path string) {
					message := path[strings.LastIndex(path, "/")+1:]
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
				s := newRun(t, addr)
				f := d.begin(s)
				reached := func() bool {
					return len(arrived) == begun && (d.quiet || len(printed(s.out.String())) == max(answers, 0))
				}
				var err error = future.NotReady
				for err == future.NotReady && (!reached() || answers == len(d.requests)) {
					err = f.poll()
					time.Sleep(time.Millisecond)
				}
				if (err != future.NotReady) != (answers == len(d.requests)) || err != future.NotReady && err != nil {
					t.Fatal(err)
				}
				before := s.out.String()
				f.drop()
				f.isOver(t)
				if n, err := s.begun(); s.out.String() != before || n != begun || err != nil {
					t.Errorf("%d requests, %v; %q, then %q", n, err, before, &s.out)
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
			s := newRun(t, server.Addr())
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
			if n, _ := s.begun(); !done && k >= len(d.requests) && n == 0 {
				t.Errorf("%s: %d polls, and no request: %q", name, k, &s.out)
			}
		}
	}
}
