package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit"
	"ch10/kit/kittest"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// droppable are the examples' futures. What spawnMany spawns are tasks of their own: they go on if
// it is dropped, up to Shutdown.
var droppable = map[string]func(*scene) future.Future[struct{}]{
	"asyncMain":  func(s *scene) future.Future[struct{}] { return asyncMain(s.Requests, s.say) },
	"buffering":  func(s *scene) future.Future[struct{}] { return buffering(s.Requests, s.say) },
	"twoForeign": func(s *scene) future.Future[struct{}] { return twoForeign(s.fetcher) },
	"spawnMany":  func(s *scene) future.Future[struct{}] { return spawnMany(s.fetcher, s.rt, 8) },
}

// A scene is what the futures need: requests to a server, and a runtime.
type scene struct {
	*fetcher
	rt  *runtime.Runtime
	out bytes.Buffer
}

func (s *scene) say(line string) { fmt.Fprintln(&s.out, line) }

func newScene(t *testing.T, server string) *scene {
	t.Helper()
	s := new(scene)
	env := &kit.Env{Out: &s.out, Speed: 100, Server: server}
	r, err := env.Requests()
	if err != nil {
		t.Fatal(err)
	}
	s.fetcher = newFetcher(env, r)
	if s.rt, err = runtime.New(runtime.Options{Log: &s.out}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.rt.Shutdown(context.Background()); err != nil || s.rt.Stats().Tasks != 0 {
			t.Errorf("shutdown: %v, %+v", err, s.rt.Stats())
		}
		s.Close()
	})
	return s
}

func (s *scene) block(ctx context.Context, f future.Future[struct{}]) error {
	_, err := runtime.BlockOn(ctx, s.rt, f)
	return err
}

// rows returns how many requests have begun, and how many of them have an x.
func (s *scene) rows() (begun, failed int) {
	from := s.out.Len()
	s.Finish(nil)
	lines := s.out.String()[from:]
	s.out.Truncate(from)
	return strings.Count(lines, "\n") - 1, strings.Count(lines, "x\n")
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

// TestDropAtEveryPoll drops, or cancels, after each number of polls, however many it takes.
func TestDropAtEveryPoll(t *testing.T) {
	for name, begin := range droppable {
		for _, cancels := range []bool{false, true} {
			for k, done := 0, false; !done; k++ {
				t.Run(fmt.Sprintf("%s %d cancels=%v", name, k, cancels), func(t *testing.T) {
					leaktest.Check(t)
					s := newScene(t, "")
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
					if cancels && k == 0 && !done && f.polls > 1 {
						t.Errorf("%d polls", f.polls)
					}
					if begun, _ := s.rows(); name == "asyncMain" && (k > 0) != (begun > 0) && !cancels {
						t.Errorf("%d polls, and %d requests: %q", k, begun, s.out.String())
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
			addr := kittest.RawServer(t, len(two), func(c net.Conn, path string) {
				<-turn
				answered.Add(1)
				ok(c, path)
			})
			s := newScene(t, addr.String())
			f := &stepper{f: droppable[name](s)}
			f.after = func(polls int) bool {
				if begun, _ := s.rows(); int64(begun) > answered.Load()+1 {
					t.Errorf("%d requests have begun, and %d are answered", begun, answered.Load())
				}
				if polls%10 == 9 { // not at once
					select {
					case turn <- struct{}{}:
					default:
					}
				}
				return false
			}
			err := s.block(t.Context(), &eager{f: f})
			if err = s.Finish(err); err != nil || len(printed(s.out.String())) != len(two) || f.polls < 9 {
				t.Errorf("%v after %d polls; %q", err, f.polls, s.out.String())
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
		s := newScene(t, "")
		err := s.block(t.Context(), droppable[name](s))
		stats := s.rt.Stats()
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
					end, paths := &wakeable{}, []string(nil)
					addr := kittest.RawServer(t, answers+1, func(c net.Conn, path string) {
						if slices.Index(two, path[:min(len(path), len(two[0]))]) < answers {
							ok(c, path)
							return
						}
						paths = append(paths, path)
						end.ring()
						cut(t, c)
					})
					s := newScene(t, addr.String())
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
					if begun, failed := s.rows(); len(paths) != 1 || begun != answers+1 || failed != 1 {
						t.Errorf("%q; %d rows, %d failed", paths, begun, failed)
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
