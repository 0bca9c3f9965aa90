package runtime_test

import (
	"context"
	goruntime "runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/poll"
	"ch10/runtime"
)

// TestNil: a panic where the mistake is made, and not where it would show.
func TestNil(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	for name, do := range map[string]func(){
		"Spawn":     func() { runtime.Spawn[int](rt, nil) },
		"SpawnWith": func() { runtime.SpawnWith[int](t.Context(), rt, nil) },
		"BlockOn":   func() { runtime.BlockOn[int](t.Context(), rt, nil) },
		"Timeout":   func() { runtime.Timeout[int](1, nil) },
		"Blocking":  func() { runtime.Blocking[int](nil) },
		"Select":    func() { runtime.Select[int](nil) },
		"JoinAll":   func() { future.JoinAll[int](nil) },
	} {
		if p, ok := panics(do).(string); !ok || !strings.Contains(p, "nil") {
			t.Errorf("%s: panic %v", name, p)
		}
	}
	inside(t, rt, func(*future.Context) {}) // it still works
}

// TestShutdownInBlocking would wait for itself. That of another runtime doesn't.
func TestShutdownInBlocking(t *testing.T) {
	leaktest.Check(t)
	rt, other := newRuntime(t), newRuntime(t)
	_, err := runtime.BlockOn(t.Context(), rt, runtime.Blocking(func(context.Context) (int, error) {
		shutdown(t, other)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second) // or else the test hangs
		defer cancel()
		return 0, rt.Shutdown(ctx)
	}))
	misused(t, err, "runtime: Shutdown inside a function of Blocking")
	finish(t, rt, runtime.Sleep(0))
}

// TestTimerOfAnotherRuntime: Set would put it into two heaps.
func TestTimerOfAnotherRuntime(t *testing.T) {
	leaktest.Check(t)
	a, b := newRuntime(t), newRuntime(t)
	var timer runtime.Timer
	set := func(cx *future.Context) (none struct{}, _ error) {
		timer.Set(cx, time.Hour)
		return none, nil
	}
	finish(t, a, pollFunc[struct{}](set))
	_, err := runtime.BlockOn(t.Context(), b, pollFunc[struct{}](set))
	misused(t, err, "runtime: a Timer is used by two workers")
	timer.Stop()
	finish(t, b, pollFunc[struct{}](set))
	timer.Stop()
}

// TestALoneTimerAllocatesOnce; a million keep their memory until it is much too large.
func TestALoneTimerAllocatesOnce(t *testing.T) {
	rt := newRuntime(t)
	inside(t, rt, func(cx *future.Context) {
		var timer runtime.Timer
		if n := testing.AllocsPerRun(100, func() { timer.Set(cx, time.Hour); timer.Stop() }); n != 0 {
			t.Errorf("%v allocations", n)
		}
		timers := make([]runtime.Timer, 100_000)
		for i := range timers {
			timers[i].Set(cx, time.Hour)
		}
		for i := range timers {
			timers[i].Stop()
		}
		if n := runtime.TimerRoom(rt); n > 1000 {
			t.Errorf("there is still room for %d timers", n)
		}
	})
}

// TestTwoTasksWaitForOneIO: the second one panics, unless the first has forgotten it.
func TestTwoTasksWaitForOneIO(t *testing.T) {
	leaktest.Check(t)
	for name, i := range map[string]poll.Interest{"read from": poll.Readable, "write to": poll.Writable} {
		rt := newRuntime(t)
		s, _ := pair(t)
		var io runtime.IO
		wait := func(cx *future.Context) error {
			if !io.Registered() {
				if err := io.Register(cx, s, poll.Readable|poll.Writable); err != nil {
					t.Error(err)
				}
			}
			io.Wait(cx, i)
			return future.NotReady
		}
		var first *future.Context
		p := &probe{do: func(poll int, cx *future.Context) error {
			if first = cx; poll > 1 {
				return nil
			}
			return wait(cx)
		}}
		runtime.Spawn(rt, p)
		again := func() error {
			_, err := runtime.BlockOn(t.Context(), rt, pollFunc[int](func(cx *future.Context) (int, error) { wait(cx); return 0, nil }))
			return err
		}
		finish(t, rt, runtime.Yield()) // without a look, which would bring an event
		misused(t, again(), "runtime: two tasks wait to "+name+" one source")
		io.Forget(first, i)
		if err := again(); err != nil {
			t.Error(err)
		}
		p.want(t, name, 1, 0)
		first.Waker().Wake()
		settle(t, rt)
		inside(t, rt, func(cx *future.Context) { io.Deregister() })
	}
}

// TestDeregisterWakes who waits, since there will be no event.
func TestDeregisterWakes(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	s, _ := pair(t)
	var io runtime.IO
	p := &probe{do: func(n int, cx *future.Context) error {
		if n > 1 {
			return nil
		}
		io.Register(cx, s, poll.Readable)
		io.Wait(cx, poll.Readable)
		return future.NotReady
	}}
	runtime.Spawn(rt, p)
	settle(t, rt)
	io.Deregister()
	settle(t, rt)
	p.want(t, "who waits", 2, 0)
}

// TestInboxGoesFirst: what came while a task was polled is polled before it is again.
func TestInboxGoesFirst(t *testing.T) {
	for name, again := range map[string]func(cx *future.Context){
		"yields":       func(cx *future.Context) { runtime.Yield().Poll(cx) },
		"wakes itself": func(cx *future.Context) { cx.Waker().Wake() },
	} {
		leaktest.Check(t)
		rt := newRuntime(t)
		var order []string
		finish(t, rt, &probe{do: func(poll int, cx *future.Context) error {
			if order = append(order, name); poll == 2 {
				return nil
			}
			again(cx)
			runtime.Spawn(rt, pollFunc[int](func(*future.Context) (int, error) { order = append(order, "spawned"); return 0, nil }))
			return future.NotReady
		}})
		if strings.Join(order, ", ") != name+", spawned, "+name {
			t.Errorf("%q", order)
		}
	}
}

// TestBlockOnStopsItsAfterFunc: a context that lives on keeps nothing of the tasks that it was for.
func TestBlockOnStopsItsAfterFunc(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	ctx := &counted{Context: t.Context()}
	for range 3 {
		if _, err := runtime.BlockOn(ctx, rt, result(0, nil)); err != nil {
			t.Error(err)
		}
	}
	if n := ctx.n.Load(); n != 0 {
		t.Errorf("%d functions wait for the end of the context", n)
	}
}

// A counted counts the functions that wait for its end, as [context.AfterFunc] lets it.
type counted struct {
	context.Context
	n atomic.Int32
}

func (c *counted) AfterFunc(f func()) (stop func() bool) {
	c.n.Add(1)
	return func() bool { c.n.Add(-1); return true }
}

// Value hides the context inside, which would be asked instead.
func (c *counted) Value(any) any { return nil }

// TestBlockingEndsItsContext when it tells the result, though the task goes on.
func TestBlockingEndsItsContext(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	finish(t, rt, future.Async(func(co *future.Co) (none struct{}, _ error) {
		ctx, err := future.Wait(co, runtime.Blocking(func(ctx context.Context) (context.Context, error) { return ctx, ctx.Err() }))
		if err != nil || ctx.Err() != context.Canceled {
			t.Errorf("%v; afterwards: %v", err, ctx.Err())
		}
		return none, nil
	}))
}

// TestBlockingIsReadyWhenItWakes: a poll that the wake brings about finds the result.
func TestBlockingIsReadyWhenItWakes(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	f := runtime.Blocking(func(context.Context) (int, error) { return 7, nil })
	w := &handshake{polled: make(chan struct{})}
	finish(t, rt, &probe{do: func(poll int, cx *future.Context) error {
		if poll == 1 {
			w.task, w.cx = cx.Waker(), cx.WithWaker(w)
			if _, err := f.Poll(&w.cx); err != future.NotReady {
				t.Errorf("at once: %v", err)
			}
			return future.NotReady
		}
		v, err := f.Poll(&w.cx)
		if close(w.polled); v != 7 || err != nil {
			t.Errorf("during the wake: %d, %v", v, err)
		}
		return nil
	}})
}

// A handshake is a waker that doesn't return before the task has been polled.
type handshake struct {
	cx     future.Context
	task   future.Waker
	polled chan struct{}
}

func (h *handshake) Wake() {
	h.task.Wake()
	<-h.polled
}

// TestReceivedIsLetGo: a channel keeps nothing of a value that has been received, nor does a handle of a result
// that has been told.
func TestReceivedIsLetGo(t *testing.T) {
	rt := newRuntime(t)
	var freed atomic.Int32
	big := func() *[1 << 16]byte {
		v := new([1 << 16]byte)
		goruntime.AddCleanup(v, func(int) { freed.Add(1) }, 0)
		return v
	}
	c := runtime.NewChan[*[1 << 16]byte](1)
	var h *runtime.JoinHandle[*[1 << 16]byte]
	var f future.Future[*[1 << 16]byte]
	func() {
		finish(t, rt, c.Send(big()))
		finish(t, rt, c.Recv())
		h = runtime.Spawn(rt, result(big(), nil))
		finish(t, rt, h)
		v := big()
		f = runtime.Blocking(func(context.Context) (*[1 << 16]byte, error) { return v, nil })
		finish(t, rt, f)
	}()
	for i := 0; i < 500 && freed.Load() < 3; i++ {
		goruntime.GC()
		time.Sleep(time.Millisecond)
	}
	if n := freed.Load(); n != 3 {
		t.Errorf("%d of 3 are freed", n)
	}
	goruntime.KeepAlive(c)
	goruntime.KeepAlive(h)
	goruntime.KeepAlive(f)
}

// TestCurrent: what a coroutine can ask, and what it hands on to the tasks that it spawns.
func TestCurrent(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	ctx := context.WithValue(t.Context(), key{}, "value")
	_, err := runtime.BlockOn(ctx, rt, future.Async(func(co *future.Co) (none struct{}, _ error) {
		mine, _ := future.Wait(co, runtime.Current())
		ctx, _ := future.Wait(co, runtime.CurrentContext())
		if mine != rt || ctx.Value(key{}) != "value" {
			t.Errorf("%p, %v", mine, ctx)
		}
		h := runtime.SpawnWith(ctx, mine, future.Async(func(co *future.Co) (none struct{}, _ error) {
			ctx, _ := future.Wait(co, runtime.CurrentContext())
			future.Wait(co, runtime.Sleep(0)) // by then its spawner is done
			if ctx.Value(key{}) != "value" || ctx.Err() != nil {
				t.Errorf("spawned: %v, %v", ctx.Value(key{}), ctx.Err())
			}
			return none, nil
		}))
		_ = h
		return none, nil
	}))
	if err != nil {
		t.Error(err)
	}
	settle(t, rt)
	f := runtime.Current()
	finish(t, rt, f)
	inside(t, rt, func(cx *future.Context) {
		if p := panics(func() { f.Poll(cx) }); p != future.PolledAfterCompletion {
			t.Errorf("panic %v", p)
		}
	})
}
