package runtime_test

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// A closable is a result that any goroutine may close.
type closable struct{ closed atomic.Int32 }

func (c *closable) Close() error { c.closed.Add(1); return nil }

// isClosed waits until c has been closed, which must be once.
func isClosed(t *testing.T, name string, c *closable) {
	t.Helper()
	for i := 0; i < 3000 && c.closed.Load() == 0; i++ {
		time.Sleep(time.Millisecond)
	}
	if n := c.closed.Load(); n != 1 {
		t.Errorf("%s: closed %d times", name, n)
	}
}

// nothing is never ready.
func nothing[T any]() future.Future[T] {
	return pollFunc[T](func(*future.Context) (v T, err error) { return v, future.NotReady })
}

// TestBlockingUntold: what the function returns when the future has been dropped.
func TestBlockingUntold(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	late := new(closable)
	f := runtime.Blocking(func(ctx context.Context) (io.Closer, error) {
		<-ctx.Done()
		return late, ctx.Err() // an error isn't the reason to leave it open
	})
	if _, err := runtime.BlockOn(t.Context(), rt, runtime.Timeout(0, f)); err != context.DeadlineExceeded {
		t.Error(err)
	}
	isClosed(t, "late", late)
}

// TestBlockingReadyAndDropped: the result is there, and nobody polls for it.
func TestBlockingReadyAndDropped(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	c := new(closable)
	f := runtime.Blocking(func(ctx context.Context) (*closable, error) { return c, nil })
	finish(t, rt, &probe{do: func(poll int, cx *future.Context) error {
		if poll == 1 {
			f.Poll(cx)
			return future.NotReady
		}
		if c.closed.Load() != 0 { // woken, and so it is ready
			t.Error("closed too early")
		}
		future.Drop(f)
		future.Drop(f)
		return nil
	}})
	isClosed(t, "ready", c)
}

// TestDroppedInItsLastPoll: somebody loses interest in a task during the poll that ends it.
func TestDroppedInItsLastPoll(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	dropped, cancelled := new(closable), new(closable)
	var h, g *runtime.JoinHandle[*closable]
	h = runtime.Spawn(rt, future.Future[*closable](pollFunc[*closable](func(*future.Context) (*closable, error) {
		h.Drop()
		return dropped, nil
	})))
	g = runtime.Spawn(rt, future.Future[*closable](pollFunc[*closable](func(*future.Context) (*closable, error) {
		g.Cancel()
		return cancelled, nil
	})))
	settle(t, rt)
	isClosed(t, "dropped", dropped)
	if _, err := runtime.BlockOn(t.Context(), rt, h); err != context.Canceled {
		t.Errorf("dropped: %v", err)
	}
	if v := finish(t, rt, g); v != cancelled || v.closed.Load() != 0 {
		t.Errorf("cancelled when it was done: %v", v)
	}
}

// TestResultsInsideResults: what JoinAll and Select had got.
func TestResultsInsideResults(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	failed := result[*closable](nil, errors.New("failed"))
	for name, f := range map[string]func(c *closable) future.Future[struct{}]{
		"Select inside JoinAll": func(c *closable) future.Future[struct{}] {
			return discards(future.JoinAll(runtime.Select(result(c, nil)), nothing[runtime.Selected[*closable]]()))
		},
		"JoinAll inside JoinAll": func(c *closable) future.Future[struct{}] {
			return discards(future.JoinAll(future.JoinAll(result(c, nil), failed), nothing[[]*closable]()))
		},
		"JoinAll inside Select inside a handle": func(c *closable) future.Future[struct{}] {
			h := runtime.Spawn(rt, runtime.Select(future.JoinAll(failed, result(c, nil))))
			settle(t, rt)
			return discards[runtime.Selected[[]*closable]](h)
		},
		"an interface in an array": func(c *closable) future.Future[struct{}] {
			h := runtime.Spawn(rt, result([2]any{1, c}, nil))
			settle(t, rt)
			return discards[[2]any](h)
		},
	} {
		c := new(closable)
		finish(t, rt, f(c))
		isClosed(t, name, c)
	}
}

// discards polls f once, unless it is a handle, and drops it.
func discards[T any](f future.Future[T]) future.Future[struct{}] {
	return pollFunc[struct{}](func(cx *future.Context) (none struct{}, _ error) {
		if _, ok := f.(*runtime.JoinHandle[T]); !ok {
			f.Poll(cx)
		}
		future.Drop(f)
		future.Drop(f)
		return none, nil
	})
}

// TestLeftInAChan: at Shutdown. What has been received is somebody else's.
func TestLeftInAChan(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	var cs [8]closable
	ch := runtime.NewChan[*closable](3)
	finish(t, rt, future.Async(func(co *future.Co) (none struct{}, _ error) {
		for i := range 3 {
			future.Wait(co, ch.Send(&cs[i]))
		}
		v, err := future.Wait(co, ch.Recv())
		if v != &cs[0] || err != nil {
			t.Errorf("%v, %v", v, err)
		}
		_, err = future.Wait(co, ch.Send(&cs[3]))
		return none, err
	}))
	full, given := runtime.NewChan[*closable](1), runtime.NewChan[*closable](0)
	finish(t, rt, full.Send(&cs[5]))
	var received [2]future.Future[*closable]
	inside(t, rt, func(cx *future.Context) {
		full.Send(&cs[6]).Poll(cx)  // waits
		received[0] = full.Recv()   // takes the first, so that the second is in the buffer
		received[1] = given.Recv()  // waits
		received[0].Poll(cx)        // cs[5], which is told
		received[1].Poll(cx)        // waits
		given.Send(&cs[7]).Poll(cx) // and has got this one
		future.Drop(received[1])    // which goes back
	})
	emptied := runtime.NewChan[*closable](1)
	finish(t, rt, emptied.Send(&cs[4]))
	finish(t, rt, emptied.Recv())
	if n := runtime.Filled(rt); n != 3 {
		t.Errorf("the runtime keeps %d channels; three have values", n)
	}
	shutdown(t, rt)
	for i := range cs {
		if n, left := cs[i].closed.Load(), i >= 1 && i <= 3 || i >= 6; n != 0 != left || n > 1 {
			t.Errorf("value %d is closed %d times", i, n)
		}
	}
}

// TestCloseThatPanics while a result is let go of: it is reported, and the rest goes on.
func TestCloseThatPanics(t *testing.T) {
	leaktest.Check(t)
	var panics []any
	rt := newRuntime(t, runtime.Options{Panicked: func(p *runtime.PanicError) { panics = append(panics, p.Value) }})
	last := new(closable)
	h := runtime.Spawn(rt, result([]io.Closer{last, badCloser{2}}, nil))
	var g *runtime.JoinHandle[badCloser]
	g = runtime.Spawn(rt, future.Future[badCloser](pollFunc[badCloser](func(*future.Context) (badCloser, error) {
		g.Drop()
		return badCloser{1}, nil
	})))
	settle(t, rt)
	h.Drop()
	isClosed(t, "beside the one that panics", last)
	if len(panics) != 2 {
		t.Errorf("reported: %v", panics)
	}
}

type badCloser struct{ n int }

func (badCloser) Close() error { return explode("close") }
