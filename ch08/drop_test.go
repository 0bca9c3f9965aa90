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
	"sync/atomic"
	"testing"
	"time"

	"ch08/future"
	"ch08/kit"
	"ch08/kit/delay"
	"ch08/kit/kittest"
	"ch08/kit/leaktest"
	"ch08/poll"
	"ch08/runtime"
)

// driven is a future of any type, for tests that poll it by hand.
type driven struct {
	poll func() error
	drop func()
	wait func() // for what makes it worth a try to poll again
}

func drive[T any](f future.Future[T], w future.Waker, wait func()) driven {
	return driven{poll: func() error { _, err := f.Poll(w); return err }, drop: func() { future.Drop(f) }, wait: wait}
}

// A bell is a waker that counts.
type bell struct {
	wakes atomic.Int64
	rung  chan struct{} // holds a token if there was a wake since the last was taken
}

func newBell() *bell { return &bell{rung: make(chan struct{}, 1)} }

func (b *bell) Wake() {
	b.wakes.Add(1)
	select {
	case b.rung <- struct{}{}:
	default:
	}
}

// driveTwo drives the two requests of base, which needs no waker.
func driveTwo(t *testing.T, run *testRun) driven {
	rt := newBase(t, run)
	return drive(twoRequests(run.r, run.say, rt.get(run)), nil, func() {
		if _, err := rt.poll.Poll(make([]poll.Event, 100), -1); err != nil {
			t.Error(err)
		}
	})
}

func newBase(t *testing.T, run *testRun) *baseRuntime {
	t.Helper()
	p, err := poll.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return &baseRuntime{say: run.say, poll: p}
}

// get is what base gives to twoRequests.
func (rt *baseRuntime) get(run *testRun) func(time.Duration, string) future.Future[string] {
	return func(d time.Duration, message string) future.Future[string] {
		return observe(run.r, run.say, message, &baseGet{rt: rt, addr: run.r.Addr, path: run.r.Path(d, message)})
	}
}

// driveOn drives a future that needs a reactor, and an executor whose tasks it may become.
func driveOn[T any](t *testing.T, begin func(*runtime.Executor) future.Future[T]) driven {
	t.Helper()
	ex, err := runtime.Init()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ex.BlockOn(&onWake{poll: func() error { return nil }}); err != nil {
			t.Error(err)
		}
	})
	b := newBell()
	return drive(begin(ex), b, func() { <-b.rung })
}

// An onWake is a future that calls poll whenever it is woken.
type onWake struct {
	poll  func() error
	waker atomic.Value
}

func (f *onWake) Poll(w future.Waker) (struct{}, error) {
	f.waker.Store(w)
	return struct{}{}, f.poll()
}

func (f *onWake) Wake() {
	if w, ok := f.waker.Load().(future.Waker); ok {
		w.Wake()
	}
}

// A testRun is what an example's futures are given, and what comes of it.
type testRun struct {
	r        *kit.Requests
	out      watcher
	timeline bytes.Buffer
}

func newRun(t *testing.T, addr netip.AddrPort) *testRun {
	t.Helper()
	run := &testRun{out: watcher{seen: func(string) {}}}
	r, err := (&kit.Env{Out: &run.timeline, Speed: 100}).Requests()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	r.Addr, run.r = addr, r
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
	begin      func(*testing.T, *testRun) driven
	requests   []string
	concurrent bool // all requests begin at the first poll
}{
	"base": {begin: driveTwo, requests: two},
	"reactor-executor": {begin: func(t *testing.T, run *testRun) driven {
		return driveOn(t, func(ex *runtime.Executor) future.Future[struct{}] {
			return twoRequests(run.r, run.say, func(d time.Duration, message string) future.Future[string] {
				return get(run.r, run.say, ex, d, message)
			})
		})
	}, requests: two},
	"one request": {begin: func(t *testing.T, run *testRun) driven {
		return driveOn(t, func(ex *runtime.Executor) future.Future[struct{}] { return request(run.r, run.say, ex, 3) })
	}, requests: five[3:4]},
	"join all": {begin: func(t *testing.T, run *testRun) driven {
		return driveOn(t, func(ex *runtime.Executor) future.Future[[]struct{}] {
			var all []future.Future[struct{}]
			for i := range five {
				all = append(all, request(run.r, run.say, ex, i))
			}
			return future.JoinAll(all...)
		})
	}, requests: five, concurrent: true},
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

// TestPolledTooOften: no request begins before the one before it is answered, however
// often is polled; except for those that all begin at the first poll.
func TestPolledTooOften(t *testing.T) {
	for name, d := range droppable {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			arrived, answer := make(chan string, 10), make(chan struct{}, 10)
			addr := kittest.RawServer(t, len(d.requests), func(c net.Conn, path string) {
				arrived <- path
				<-answer
				ok(c, path)
			})
			defer close(answer)
			run := newRun(t, addr)
			f := d.begin(t, run)
			if n, _ := run.begun(); n > 0 || run.out.String() != "" {
				t.Errorf("before the first poll: %d requests, %q", n, &run.out)
			}
			var err error = future.NotReady
			for i, path := range d.requests {
				for len(arrived) == 0 && err == future.NotReady {
					err = f.poll()
					time.Sleep(time.Millisecond)
				}
				if err != future.NotReady {
					t.Fatalf("%v before request %d", err, i)
				}
				if got := <-arrived; got != path && !d.concurrent {
					t.Errorf("%s is request %d", got, i)
				}
				for range 10 {
					err = f.poll()
				}
				begun := i + 1
				if d.concurrent {
					begun = len(d.requests)
				}
				if n, _ := run.begun(); n != begun {
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
			if err != nil || !same(printed(run.out.String()), d.requests) {
				t.Errorf("%v, %q", err, &run.out)
			}
			f.isOver(t)
		})
	}
}

// cut waits until the client has closed its connection.
func cut(t *testing.T, c net.Conn) {
	c.SetReadDeadline(time.Now().Add(time.Minute)) // to fail and not to hang
	if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d, %v; want the connection closed", n, err)
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
					arrived <- path
					if slices.Index(d.requests, path) < answers {
						ok(c, path)
						return
					}
					cut(t, c)
				})
				run := newRun(t, addr)
				f := d.begin(t, run)
				reached := func() bool {
					return len(arrived) == begun && len(printed(run.out.String())) == max(answers, 0)
				}
				var err error = future.NotReady
				for err == future.NotReady && (!reached() || answers == len(d.requests)) {
					err = f.poll()
					time.Sleep(time.Millisecond)
				}
				if (err != future.NotReady) != (answers == len(d.requests)) || err != future.NotReady && err != nil {
					t.Fatal(err)
				}
				before := run.out.String()
				f.drop()
				f.isOver(t)
				if n, err := run.begun(); run.out.String() != before || n != begun || err != nil {
					t.Errorf("%d requests, %v; %q, then %q", n, err, before, &run.out)
				}
				if starts := strings.HasPrefix(before, "Program starting\n"); starts && answers < 0 {
					t.Error("it ran without a poll")
				}
			})
		}
	}
}

// TestDropAtEveryPoll drops after each number of polls, however many it takes. It
// polls when there was an event or a wake, and never else.
func TestDropAtEveryPoll(t *testing.T) {
	for name, d := range droppable {
		leaktest.Check(t)
		server, err := delay.Start("127.0.0.1:0", io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Close() })
		for k, done := 0, false; !done; k++ {
			t.Run(fmt.Sprint(name, " ", k), func(t *testing.T) {
				leaktest.Check(t)
				run := newRun(t, server.Addr())
				f := d.begin(t, run)
				for n := 0; n < k && !done; n++ {
					if n > 0 {
						f.wait()
					}
					err := f.poll()
					if done = err != future.NotReady; done && err != nil {
						t.Fatal(err)
					}
				}
				f.drop()
				f.isOver(t)
				if n, _ := run.begun(); (k > 0) != (n > 0) {
					t.Errorf("%d polls, and %d requests: %q", k, n, &run.out)
				}
			})
			if k > few*len(d.requests) {
				t.Fatalf("%s: %d polls, and not done", name, k)
			}
		}
	}
}

// TestDropTasks has an executor drop the tasks that asyncMain has spawned, when each number
// of them is done: another task panics. With -1 that comes before their first poll.
func TestDropTasks(t *testing.T) {
	for answers := -1; answers <= len(five); answers++ {
		t.Run(fmt.Sprint(answers), func(t *testing.T) {
			leaktest.Check(t)
			begun := len(five)
			if answers < 0 {
				begun = 0
			}
			var arrived atomic.Int64
			stop := new(onWake)
			addr := kittest.RawServer(t, begun, func(c net.Conn, path string) {
				arrived.Add(1)
				stop.Wake()
				if slices.Index(five, path) < answers {
					ok(c, path)
					return
				}
				cut(t, c)
			})
			run := newRun(t, addr)
			run.out.seen = func(string) { stop.Wake() }
			stop.poll = func() error {
				switch {
				case arrived.Load() != int64(begun) || len(printed(run.out.String())) != max(answers, 0):
					return future.NotReady
				case answers < len(five):
					panic("stop")
				}
				return nil
			}
			err, p := blockOn(t, run, stop)
			if err != nil || (p == "stop") != (answers < len(five)) || p != "stop" && p != nil {
				t.Errorf("%v, panic %v", err, p)
			}
			text := run.out.String()
			if n, err := run.begun(); n != begun || err != nil || len(printed(text)) != max(answers, 0) || strings.Contains(text, over) != (p == nil) {
				t.Errorf("%d requests, %v; %q", n, err, text)
			}
		})
	}
}

// blockOn runs asyncMain, and f.
func blockOn(t *testing.T, run *testRun, f future.Future[struct{}]) (err error, value any) {
	t.Helper()
	ex, err := runtime.Init()
	if err != nil {
		t.Fatal(err)
	}
	ex.Log = &run.out
	runtime.Spawn(ex, asyncMain(run.r, run.say, ex))
	defer func() { value = recover() }()
	return ex.BlockOn(f), nil
}
