package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ch09/future"
	"ch09/kit"
	"ch09/kit/delay"
	"ch09/kit/leaktest"
	"ch09/runtime"
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

// driveOn drives a future that needs a reactor.
func driveOn[T any](t *testing.T, f future.Future[T]) driven {
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
	return drive(f, b, func() { <-b.rung })
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

// begun returns how each request that has begun ends in the timeline, and what went wrong.
func (run *testRun) begun() (ends string, err error) {
	run.timeline.Reset()
	err = run.r.Finish(nil)
	for _, row := range regexp.MustCompile(`(?m)([#x])$`).FindAllString(run.timeline.String(), -1) {
		ends += row
	}
	return ends, err
}

// droppable are the examples' futures. Each makes two requests.
var droppable = map[string]struct {
	begin func(*kit.Requests, func(string)) future.Future[struct{}]
	shown []string // of the responses
}{
	"counting":  {counting, two},
	"buffering": {buffering, two},
	"by hand": {func(r *kit.Requests, say func(string)) future.Future[struct{}] {
		return &selfReference{r: r, say: say}
	}, two},
	"moved": {func(r *kit.Requests, say func(string)) future.Future[struct{}] {
		return &mover{frame: &selfReference{r: r, say: say}}
	}, two[:1]},
	"pinned": {func(r *kit.Requests, say func(string)) future.Future[struct{}] {
		return &pinnedReference{selfReference: selfReference{r: r, say: say}}
	}, two},
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
// often is polled.
func TestPolledTooOften(t *testing.T) {
	for name, d := range droppable {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			arrived, answer := make(chan string, 10), make(chan struct{}, 10)
			addr := pathServer(t, len(two), func(c net.Conn, path string) {
				arrived <- path
				<-answer
				ok(c, path)
			})
			defer close(answer)
			run := newRun(t, addr)
			f := driveOn(t, d.begin(run.r, run.say))
			if ends, _ := run.begun(); ends != "" || run.out.String() != "" {
				t.Errorf("before the first poll: %q, %q", ends, &run.out)
			}
			var err error = future.NotReady
			for i, path := range two {
				for len(arrived) == 0 && err == future.NotReady {
					err = f.poll()
					time.Sleep(time.Millisecond)
				}
				if err != future.NotReady {
					t.Fatalf("%v before request %d", err, i)
				}
				if got := <-arrived; got != path {
					t.Errorf("%s is request %d", got, i)
				}
				for range 10 {
					err = f.poll()
				}
				if ends, _ := run.begun(); len(ends) != i+1 {
					t.Errorf("%d requests have begun, and %d are answered", len(ends), i)
				}
				answer <- struct{}{}
			}
			for err == future.NotReady {
				err = f.poll()
				time.Sleep(time.Millisecond)
			}
			if err != nil || !slices.Equal(printed(run.out.String()), d.shown) {
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
// and when all have. The request that is under way has an x in the timeline.
func TestDrop(t *testing.T) {
	for name, d := range droppable {
		for answers := -1; answers <= len(two); answers++ {
			t.Run(fmt.Sprint(name, " ", answers), func(t *testing.T) {
				leaktest.Check(t)
				begun := min(answers+1, len(two))
				arrived := make(chan string, 10)
				addr := pathServer(t, begun, func(c net.Conn, path string) {
					arrived <- path
					if slices.Index(two, path) < answers {
						ok(c, path)
						return
					}
					cut(t, c)
				})
				run := newRun(t, addr)
				f := driveOn(t, d.begin(run.r, run.say))
				reached := func() bool {
					ends, _ := run.begun()
					return len(arrived) == begun && len(ends) == begun
				}
				var err error = future.NotReady
				for err == future.NotReady && (!reached() || answers == len(two)) {
					err = f.poll()
					time.Sleep(time.Millisecond)
				}
				if (err != future.NotReady) != (answers == len(two)) || err != future.NotReady && err != nil {
					t.Fatal(err)
				}
				before := run.out.String()
				f.drop()
				f.isOver(t)
				want := ""
				for i := range begun {
					want += map[bool]string{true: "x", false: "#"}[i == answers]
				}
				if ends, err := run.begun(); run.out.String() != before || ends != want || err != nil {
					t.Errorf("%q, %v; %q, then %q", ends, err, before, &run.out)
				}
				if starts := strings.HasPrefix(before, begins); starts != (answers >= 0) {
					t.Errorf("it begins: %v", starts)
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
				f := driveOn(t, d.begin(run.r, run.say))
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
				if ends, _ := run.begun(); (k > 0) != (ends != "") {
					t.Errorf("%d polls, and %q: %q", k, ends, &run.out)
				}
			})
			if k > few*len(two) {
				t.Fatalf("%s: %d polls, and not done", name, k)
			}
		}
	}
}

// TestDropTasks has an executor drop the future that a task has spawned, when each number
// of requests is answered: the task panics. With -1 that comes before the first poll.
func TestDropTasks(t *testing.T) {
	for name, d := range droppable {
		for answers := -1; answers <= len(two); answers++ {
			t.Run(fmt.Sprint(name, " ", answers), func(t *testing.T) {
				leaktest.Check(t)
				begun := min(answers+1, len(two))
				var arrived atomic.Int64
				stop := new(onWake)
				addr := pathServer(t, begun, func(c net.Conn, path string) {
					arrived.Add(1)
					stop.Wake()
					if slices.Index(two, path) < answers {
						ok(c, path)
						return
					}
					cut(t, c)
				})
				run := newRun(t, addr)
				run.out.seen = func(string) { stop.Wake() }
				stop.poll = func() error {
					ends, _ := run.begun()
					switch {
					case arrived.Load() != int64(begun) || len(ends) != begun:
						return future.NotReady
					case answers < len(two):
						panic("stop")
					}
					return nil
				}
				err, p := spawnAndBlock(run, d.begin(run.r, run.say), stop)
				if err != nil || (p == "stop") != (answers < len(two)) || p != "stop" && p != nil {
					t.Errorf("%v, panic %v", err, p)
				}
				text := run.out.String()
				if ends, err := run.begun(); len(ends) != begun || err != nil || strings.Contains(text, begins) != (answers >= 0) || strings.Contains(text, over) != (p == nil) {
					t.Errorf("%q, %v; %q", ends, err, text)
				}
			})
		}
	}
}

// spawnAndBlock runs f in a task, which spawns task before it polls f.
func spawnAndBlock(run *testRun, task, f future.Future[struct{}]) (err error, value any) {
	defer func() { value = recover() }()
	ex, err := runtime.Init()
	if err != nil {
		return err, nil
	}
	ex.Log = &run.out
	return ex.BlockOn(&spawner{ex, task, f}), nil
}

type spawner struct {
	ex      *runtime.Executor
	task, f future.Future[struct{}]
}

func (s *spawner) Poll(w future.Waker) (struct{}, error) {
	if s.task != nil {
		runtime.Spawn(s.ex, s.task)
		s.task = nil
	}
	return s.f.Poll(w)
}
