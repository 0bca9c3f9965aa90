package runtime_test

import (
	goruntime "runtime"
	"sync"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// TestNoGoroutineOfItsOwn: whoever calls BlockOn does all there is to do.
func TestNoGoroutineOfItsOwn(t *testing.T) {
	leaktest.Check(t)
	before := goruntime.NumGoroutine()
	rt := newRuntime(t, oneWorker)
	s, _ := pair(t)
	runtime.Spawn[byte](rt, &reader{stream: s})
	runtime.Spawn(rt, runtime.Sleep(time.Hour))
	settle(t, rt)
	finish(t, rt, future.Async(func(co *future.Co) (struct{}, error) {
		_, err := future.Wait(co, runtime.Sleep(time.Millisecond))
		if n := goruntime.NumGoroutine(); n > before+1 { // and the coroutine's
			t.Errorf("%d goroutines, and %d before", n, before)
		}
		return struct{}{}, err
	}))
}

// TestAnyGoroutineMayWork, one after the other. Events and timers go to whoever does.
func TestAnyGoroutineMayWork(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	for range 50 {
		s, peer := pair(t)
		h := runtime.Spawn[byte](rt, &reader{stream: s})
		c := runtime.Spawn(rt, future.Async(func(co *future.Co) (byte, error) {
			future.Wait(co, runtime.Sleep(time.Microsecond))
			return future.Wait(co, h)
		}))
		settle(t, rt)
		send(t, peer, "a")
		var wg sync.WaitGroup
		wg.Go(func() {
			if b := finish(t, rt, c); b != 'a' {
				t.Errorf("%q", b)
			}
		})
		wg.Wait()
		s.Close()
		peer.Close()
	}
}
