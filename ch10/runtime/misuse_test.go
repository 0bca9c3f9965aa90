package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/poll"
	"ch10/runtime"
)

// TestBlockOnInsideATask panics, which is that task's error. The runtime is none the worse for it.
func TestBlockOnInsideATask(t *testing.T) {
	leaktest.Check(t)
	rt, other := newRuntime(t), newRuntime(t)
	inner := pending()
	_, err := runtime.BlockOn(t.Context(), rt, pollFunc[struct{}](func(*future.Context) (struct{}, error) {
		return runtime.BlockOn[struct{}](t.Context(), rt, inner)
	}))
	wantMisuse(t, err)
	inner.want(t, "inner", 0, 0)
	// In another runtime's task it only keeps that one waiting.
	inside(t, rt, func(*future.Context) { finish(t, other, runtime.Sleep(0)) })
}

func wantMisuse(t *testing.T, err error) {
	t.Helper()
	var failed *runtime.PanicError
	if !errors.As(err, &failed) || !strings.HasPrefix(fmt.Sprint(failed.Value), "runtime: BlockOn inside a task") {
		t.Errorf("%v", err)
	}
}

// TestBlockOnTwice at the same time: the second one panics, and the first goes on.
func TestBlockOnTwice(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	inside(t, rt, func(*future.Context) {
		var wg sync.WaitGroup
		wg.Go(func() {
			p := fmt.Sprint(panics(func() { runtime.BlockOn(t.Context(), rt, pending()) }))
			if !strings.HasPrefix(p, "runtime: BlockOn inside a task") {
				t.Errorf("panic %v", p)
			}
		})
		wg.Wait()
	})
}

// TestBlockOnDuringShutdown isn't misuse: who calls it need not know.
func TestBlockOnDuringShutdown(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	late := pending()
	f := &dropFunc{probe: pending(), drop: func() {
		var wg sync.WaitGroup
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					t.Errorf("panic: %v", p)
				}
			}()
			if _, err := runtime.BlockOn(context.Background(), rt, late); err != runtime.ErrShutdown {
				t.Errorf("BlockOn: %v", err)
			}
		})
		wg.Wait()
	}}
	runtime.Spawn[struct{}](rt, f)
	settle(t, rt)
	shutdown(t, rt)
	late.want(t, "late", 0, 1)
}

// TestBrokenEventQueue: everything ends, with an error that says why.
func TestBrokenEventQueue(t *testing.T) {
	leaktest.Check(t)
	for name, f := range map[string]future.Future[struct{}]{
		"waits":              pending(),
		"waits for a timer":  runtime.Sleep(1 << 30),
		"comes back at once": ready(1<<30, nil),
	} {
		rt := newRuntime(t)
		s, _ := pair(t)
		r, other := &reader{stream: s}, pending()
		runtime.Spawn[byte](rt, r) // so that there is something to look for
		h := runtime.Spawn[struct{}](rt, other)
		settle(t, rt)
		var cx *future.Context
		inside(t, rt, func(c *future.Context) {
			cx = c
			if err := runtime.CloseQueue(rt); err != nil {
				t.Error(err)
			}
		})
		check := func(what string, err error) {
			t.Helper()
			if !errors.Is(err, poll.ErrClosed) || !strings.Contains(fmt.Sprint(err), "event queue") {
				t.Errorf("%s: %s: %v", name, what, err)
			}
		}
		_, err := runtime.BlockOn(t.Context(), rt, f)
		check("BlockOn", err)
		_, err = h.Poll(cx)
		check("another task", err)
		other.want(t, "another task", 1, 1)
		if r.drops != 1 {
			t.Errorf("%s: reader: %d drops", name, r.drops)
		}
		if _, err := runtime.BlockOn(t.Context(), rt, pending()); err == nil {
			t.Errorf("%s: another BlockOn works", name)
		}
		shutdown(t, rt)
	}
}

// TestRegisterWithABrokenEventQueue is that future's error.
func TestRegisterWithABrokenEventQueue(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	s, _ := pair(t)
	inside(t, rt, func(cx *future.Context) {
		runtime.CloseQueue(rt)
		r := &reader{stream: s}
		if _, err := r.Poll(cx); !errors.Is(err, poll.ErrClosed) {
			t.Errorf("%v", err)
		}
	})
	empty(t, rt)
}
