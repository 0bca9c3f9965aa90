package runtime_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// A busy task comes back at once, for ever.
func busy(polls *int, again func(cx *future.Context)) future.Future[struct{}] {
	return pollFunc[struct{}](func(cx *future.Context) (struct{}, error) {
		*polls++
		again(cx)
		return struct{}{}, future.NotReady
	})
}

// TestNobodyStarves: tasks that come back at once keep nobody of their worker from his turn.
func TestNobodyStarves(t *testing.T) {
	wake := func(cx *future.Context) { cx.Waker().Wake() }
	for name, again := range map[string]func(*future.Context){
		"wakes itself": wake,
		"yields":       func(cx *future.Context) { runtime.Yield().Poll(cx) },
		"is woken from another goroutine": func(cx *future.Context) {
			var wg sync.WaitGroup
			wg.Go(cx.Waker().Wake)
			wg.Wait()
		},
		"two wake one another": nil,
	} {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			rt := newRuntime(t)
			polls := 0
			if again != nil {
				runtime.SpawnOn(rt, 0, busy(&polls, again))
			} else {
				var other [2]*future.Context
				for i := range 2 {
					runtime.SpawnOn(rt, 0, busy(&polls, func(cx *future.Context) {
						if other[i] = cx; other[1-i] != nil {
							other[1-i].Waker().Wake()
						} else {
							wake(cx)
						}
					}))
				}
			}
			nobodyStarves(t, rt, &polls)
		})
	}
}

func nobodyStarves(t *testing.T, rt *runtime.Runtime, polls *int) {
	soon := func(what string) {
		t.Helper()
		// A thing that is due has to wait for one look, or for two.
		if *polls > 1000 {
			t.Errorf("%s: %d polls of the busy task went before", what, *polls)
		}
		*polls = 0
	}
	finish(t, rt, runtime.Sleep(0))
	soon("a timer")

	s, peer := pair(t)
	r := &reader{stream: s}
	finish(t, rt, pollFunc[byte](func(cx *future.Context) (byte, error) {
		b, err := r.Poll(cx)
		if r.polls == 1 {
			send(t, peer, "a")
		}
		return b, err
	}))

	// From another goroutine, which ends before the task's poll does.
	var woken signal
	runtime.SpawnOn(rt, 0, future.Async(func(co *future.Co) (struct{}, error) {
		future.Wait(co, runtime.Yield())
		*polls = 0
		var wg sync.WaitGroup
		wg.Go(func() { runtime.Spawn(rt, result(0, nil)) })
		wg.Go(woken.give)
		wg.Wait()
		return struct{}{}, nil
	}))
	finish(t, rt, &woken)
	soon("a wake")

	ctx, cancel := context.WithCancel(t.Context())
	_, err := runtime.BlockOn(ctx, rt, pollFunc[int](func(*future.Context) (int, error) {
		cancel()
		return 0, future.NotReady
	}))
	if err != context.Canceled {
		t.Errorf("BlockOn: %v", err)
	}
	finish(t, rt, runtime.Sleep(time.Millisecond))

	var wg sync.WaitGroup
	_, err = runtime.BlockOn(t.Context(), rt, &probe{do: func(poll int, cx *future.Context) error {
		wg.Go(func() { shutdown(t, rt) })
		return future.NotReady
	}})
	if err != runtime.ErrShutdown {
		t.Errorf("BlockOn: %v", err)
	}
	wg.Wait()
}
