package runtime_test

import (
	"context"
	"errors"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

func TestBlocking(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	failed := errors.New("failed")
	f := runtime.Blocking(func(context.Context) (int, error) { return 7, failed })
	if v, err := runtime.BlockOn(t.Context(), rt, f); v != 7 || err != failed {
		t.Errorf("%d, %v", v, err)
	}
	inside(t, rt, func(cx *future.Context) {
		if p := panics(func() { f.Poll(cx) }); p != future.PolledAfterCompletion {
			t.Errorf("panic %v", p)
		}
	})
	_, err := runtime.BlockOn(t.Context(), rt, runtime.Blocking(func(context.Context) (int, error) { return 0, explode("boom") }))
	wantPanic(t, err, "boom")
	_, err = runtime.BlockOn(t.Context(), rt, runtime.Blocking(func(context.Context) (int, error) {
		goruntime.Goexit()
		return 0, nil
	}))
	if err == nil || !strings.Contains(err.Error(), "runtime.Goexit") {
		t.Errorf("Goexit: %v", err)
	}
}

// TestBlockingKeepsNobodyWaiting: the tasks go on, and one wake tells that it is over.
func TestBlockingKeepsNobodyWaiting(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	goOn := make(chan struct{})
	h := runtime.Spawn(rt, runtime.Blocking(func(context.Context) (int, error) { <-goOn; return 7, nil }))
	for range 10 {
		settle(t, rt)
	}
	before := rt.Stats()
	runtime.Spawn(rt, pollFunc[int](func(*future.Context) (int, error) { close(goOn); return 0, nil }))
	if v := finish(t, rt, h); v != 7 {
		t.Errorf("%d", v)
	}
	// The one that closes, Blocking, who waits for that (at most twice).
	if after := rt.Stats(); after.Polls > before.Polls+4 {
		t.Errorf("%+v before, %+v after", before, after)
	}
}

// TestBlockingWakesTheLast that has polled.
func TestBlockingWakesTheLast(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	goOn := make(chan struct{})
	f := runtime.Blocking(func(context.Context) (struct{}, error) { <-goOn; return struct{}{}, nil })
	first := &probe{do: func(_ int, cx *future.Context) error { _, err := f.Poll(cx); return err }}
	runtime.Spawn[struct{}](rt, first)
	last := &probe{do: func(poll int, cx *future.Context) error {
		_, err := f.Poll(cx)
		if poll == 1 {
			close(goOn)
		}
		return err
	}}
	finish(t, rt, last)
	settle(t, rt)
	first.want(t, "first", 1, 0)
	last.want(t, "last", 2, 0)
}

// TestBlockingThatNobodyPolls doesn't run.
func TestBlockingThatNobodyPolls(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	f := runtime.Blocking(func(context.Context) (int, error) { t.Error("it runs"); return 0, nil })
	future.Drop(f)
	inside(t, rt, func(cx *future.Context) {
		if p := panics(func() { f.Poll(cx) }); p != future.PolledAfterCompletion {
			t.Errorf("panic %v", p)
		}
	})
	runtime.Spawn(rt, runtime.Blocking(func(context.Context) (int, error) { t.Error("it runs"); return 0, nil }))
	shutdown(t, rt)
}

// TestTheContextOfBlocking has the values of the task's, and ends when the future is dropped, when the
// task is over, and when BlockOn's does.
func TestTheContextOfBlocking(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	ended := make(chan any)
	begin := func() future.Future[struct{}] {
		return runtime.Blocking(func(ctx context.Context) (struct{}, error) {
			select {
			case <-ctx.Done():
				ended <- ctx.Value(key{})
			case <-time.After(10 * time.Second):
				ended <- "it hasn't ended"
			}
			return struct{}{}, ctx.Err()
		})
	}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
	defer cancel()
	for name, f := range map[string]future.Future[struct{}]{
		"dropped, and the task goes on": future.Async(func(co *future.Co) (struct{}, error) {
			future.Wait(co, runtime.Timeout(0, begin()))
			v := <-ended // and not only when the task is over
			go func() { ended <- v }()
			return struct{}{}, nil
		}),
		"the task is done": pollFunc[struct{}](func(cx *future.Context) (struct{}, error) {
			begin().Poll(cx)
			return struct{}{}, nil
		}),
		"the task panics": pollFunc[struct{}](func(cx *future.Context) (struct{}, error) {
			begin().Poll(cx)
			return struct{}{}, explode("boom")
		}),
	} {
		runtime.BlockOn(ctx, rt, f)
		if v := <-ended; v != "value" {
			t.Fatalf("%s: %v", name, v)
		}
	}
	f := begin()
	_, err := runtime.BlockOn(ctx, rt, pollFunc[struct{}](func(cx *future.Context) (struct{}, error) {
		defer cancel()
		return f.Poll(cx)
	}))
	if v := <-ended; v != "value" || err != context.Canceled {
		t.Errorf("%v, %v", v, err)
	}
}

// TestAHundredBlocking run at once: each waits for all the others.
func TestAHundredBlocking(t *testing.T) {
	leaktest.Check(t)
	const n = 100
	rt := newRuntime(t)
	var all sync.WaitGroup
	all.Add(n)
	fs := make([]future.Future[int], n)
	for i := range fs {
		fs[i] = runtime.Blocking(func(context.Context) (int, error) {
			all.Done()
			all.Wait()
			return i, nil
		})
	}
	for i, v := range finish(t, rt, future.JoinAll(fs...)) {
		if v != i {
			t.Errorf("number %d returns %d", i, v)
		}
	}
}

// TestShutdownWaitsForBlocking, as long as its context lets it, and may be called again.
func TestShutdownWaitsForBlocking(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	goOn, told := make(chan struct{}), make(chan struct{})
	runtime.Spawn(rt, runtime.Blocking(func(ctx context.Context) (int, error) {
		<-ctx.Done()
		close(told)
		<-goOn // it doesn't obey at once
		return 0, nil
	}))
	settle(t, rt)
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		if err := rt.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		cancel()
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { shutdown(t, rt) })
	}
	// Only the wait for Blocking may be what keeps the others.
	first := make(chan error)
	go func() { first <- rt.Shutdown(context.Background()) }()
	<-told
	select {
	case err := <-first:
		t.Errorf("Shutdown returns before the function: %v", err)
		close(goOn)
	default:
		close(goOn)
		if err := <-first; err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
}
