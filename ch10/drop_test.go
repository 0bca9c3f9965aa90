package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit"
	"ch10/kit/delay"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// droppable are the examples' futures. What spawnMany spawns are tasks of their own: they go on if
// it is dropped, up to Shutdown.
var droppable = map[string]func(*session) future.Future[struct{}]{
	"asyncMain":  asyncMain,
	"buffering":  buffering,
	"twoForeign": func(s *session) future.Future[struct{}] { return twoForeign(newFetcher(s)) },
	"spawnMany":  func(s *session) future.Future[struct{}] { return spawnMany(newFetcher(s), 8) },
}

func testSession(t *testing.T, addr netip.AddrPort) (*session, *bytes.Buffer) {
	t.Helper()
	out := new(bytes.Buffer)
	rt, err := runtime.New(runtime.Options{Log: out})
	if err != nil {
		t.Fatal(err)
	}
	s := &session{env: &kit.Env{Out: out, Speed: 100}, addr: addr, rt: rt, begin: time.Now()}
	s.close = func() {
		if err := rt.Shutdown(context.Background()); err != nil || rt.Stats().Tasks != 0 {
			t.Errorf("shutdown: %v, %+v", err, rt.Stats())
		}
	}
	return s, out
}

// A stepper polls f when it is polled, and calls after when f isn't done. If that returns true it drops f, and is done.
type stepper struct {
	f     future.Future[struct{}]
	after func(polls int) (drop bool)
	polls int
	done  bool // f is done, and wasn't dropped
}

func (s *stepper) Poll(cx *future.Context) (struct{}, error) {
	if !s.after(s.polls) {
		s.polls++
		if v, err := s.f.Poll(cx); err != future.NotReady {
			s.done = true
			return v, err
		}
		if !s.after(s.polls) {
			return struct{}{}, future.NotReady
		}
	}
	s.Drop()
	return struct{}{}, nil
}

func (s *stepper) Drop() { future.Drop(s.f) }

// isOver: it may be dropped once more, and not be polled.
func isOver(t *testing.T, f future.Future[struct{}]) {
	t.Helper()
	future.Drop(f)
	defer func() {
		t.Helper()
		if p := recover(); p != future.PolledAfterCompletion {
			t.Errorf("%v; want the panic %q", p, future.PolledAfterCompletion)
		}
	}()
	cx := future.NewContext(future.NoopWaker)
	f.Poll(&cx)
}

// underWay counts the rows that have begun, and that haven't ended.
func (s *session) underWay() (n int) {
	for _, r := range s.rows {
		if r.end == 0 && !r.failed {
			n++
		}
	}
	return n
}

// TestDropAtEveryPoll drops, or cancels, after each number of polls, however many it takes.
func TestDropAtEveryPoll(t *testing.T) {
	for name, begin := range droppable {
		for _, cancels := range []bool{false, true} {
			leaktest.Check(t)
			server, err := delay.Start("127.0.0.1:0", io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { server.Close() })
			for k, done := 0, false; !done; k++ {
				t.Run(fmt.Sprintf("%s %d cancels=%v", name, k, cancels), func(t *testing.T) {
					leaktest.Check(t)
					s, out := testSession(t, server.Addr())
					defer func() { s.close() }() // newFetcher changes it
					var h *runtime.JoinHandle[struct{}]
					f := &stepper{f: begin(s)}
					f.after = func(polls int) bool {
						if polls == k && cancels {
							h.Cancel()
						}
						return polls == k && !cancels
					}
					h = runtime.Spawn(s.rt, future.Future[struct{}](f))
					_, err := runtime.BlockOn(t.Context(), s.rt, h)
					if done = f.done; done && err != nil || !done && errors.Is(err, context.Canceled) != cancels {
						t.Errorf("%v, done: %v", err, done)
					}
					if name != "spawnMany" && s.underWay() > 0 || cancels && k == 0 && !done && f.polls > 1 {
						t.Errorf("%d polls, rows: %+v", f.polls, s.rows)
					}
					if name == "asyncMain" && (k > 0) != (len(s.rows) > 0) && !cancels {
						t.Errorf("%d polls, and %d requests: %q", k, len(s.rows), out)
					}
					isOver(t, f.f)
				})
				if k > few*8 {
					t.Fatalf("%s: %d polls, and not done", name, k)
				}
			}
		}
	}
}

// TestPolledTooOften: no request begins before the one before it is answered, however often is polled.
func TestPolledTooOften(t *testing.T) {
	for _, name := range []string{"asyncMain", "buffering", "twoForeign"} {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			var answered atomic.Int64
			turn := make(chan struct{})
			addr := pathServer(t, len(two), func(c net.Conn, path string) {
				<-turn
				answered.Add(1)
				ok(c, path)
			})
			s, out := testSession(t, addr)
			defer func() { s.close() }()
			f := &stepper{f: droppable[name](s)}
			f.after = func(polls int) bool {
				if int64(len(s.rows)) > answered.Load()+1 {
					t.Errorf("%d requests have begun, and %d are answered", len(s.rows), answered.Load())
				}
				if polls%10 == 9 { // not at once
					select {
					case turn <- struct{}{}:
					default:
					}
				}
				return false
			}
			if err := s.blockOn(t.Context(), &eager{f: f}); err != nil || len(s.errs) > 0 || len(printed(out.String())) != len(two) || f.polls < 9 {
				t.Errorf("%v, %v after %d polls; %q", err, s.errs, f.polls, out)
			}
			isOver(t, f.f)
		})
	}
}

// An eager future polls f again and again without waiting for a wake.
type eager struct{ f future.Future[struct{}] }

func (e *eager) Poll(cx *future.Context) (struct{}, error) {
	cx.Waker().Wake()
	return e.f.Poll(cx)
}

// TestFewPolls: while the server takes its time, nothing is polled.
func TestFewPolls(t *testing.T) {
	for name, most := range map[string]uint64{"asyncMain": 2 * few, "buffering": 2 * few, "twoForeign": 4} {
		leaktest.Check(t)
		server, err := delay.Start("127.0.0.1:0", io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Close() })
		s, _ := testSession(t, server.Addr())
		err = s.blockOn(t.Context(), droppable[name](s))
		stats := s.rt.Stats()
		s.close()
		if err != nil || stats.Polls > most || stats.Polls != stats.Wakes || stats.Parks > most || stats.Tasks != 0 {
			t.Errorf("%s: %v, %+v; want %d polls at most", name, err, stats, most)
		}
	}
}

// cut waits until the client has closed its connection.
func cut(t *testing.T, c net.Conn) {
	c.SetReadDeadline(time.Now().Add(time.Minute)) // to fail and not to hang
	if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d, %v; want the connection closed", n, err)
	}
}

// TestDropClosesSockets drops before the first poll, and while each number of requests has been answered. The server sees its
// connection close, and the request has an x in the timeline. Shutdown does the same, and so does a panic.
func TestDropClosesSockets(t *testing.T) {
	for _, how := range []string{"drop", "shutdown", "panic"} {
		for _, name := range []string{"asyncMain", "buffering", "twoForeign"} {
			for answers := range len(two) {
				t.Run(fmt.Sprint(how, " ", name, " ", answers), func(t *testing.T) {
					leaktest.Check(t)
					s, _ := testSession(t, netip.AddrPort{})
					defer func() { s.close() }() // newFetcher changes it
					end, paths := &wakeable{}, []string(nil)
					s.addr = pathServer(t, answers+1, func(c net.Conn, path string) {
						if slices.Index(two, path[:min(len(path), len(two[0]))]) < answers {
							ok(c, path)
							return
						}
						paths = append(paths, path)
						end.ring()
						cut(t, c)
					})
					end.then = func() error {
						switch how {
						case "shutdown":
							go s.rt.Shutdown(context.Background())
							return future.NotReady
						case "panic":
							panic("stop")
						}
						return nil
					}
					_, err := runtime.BlockOn(t.Context(), s.rt, runtime.Select[struct{}](droppable[name](s), end))
					_, panicked := errors.AsType[*runtime.PanicError](err)
					if errors.Is(err, runtime.ErrShutdown) != (how == "shutdown") || panicked != (how == "panic") || how == "drop" && err != nil {
						t.Errorf("%v", err)
					}
					if len(paths) != 1 || len(s.rows) != answers+1 || !s.rows[answers].failed || s.underWay() > 0 {
						t.Errorf("%q; %+v", paths, s.rows)
					}
				})
			}
		}
	}
}

// A wakeable is a future that calls then when ring has been called, from any goroutine.
type wakeable struct {
	then func() error
	cx   atomic.Pointer[future.Context]
	rung atomic.Bool
}

func (w *wakeable) Poll(cx *future.Context) (struct{}, error) {
	w.cx.Store(cx)
	if !w.rung.Load() {
		return struct{}{}, future.NotReady
	}
	return struct{}{}, w.then()
}

func (w *wakeable) ring() {
	w.rung.Store(true)
	if cx := w.cx.Load(); cx != nil {
		cx.Waker().Wake()
	}
}
