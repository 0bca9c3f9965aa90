//go:build stackful

package bench

import (
	"time"

	"ch10/future"
	"ch10/runtime"
)

// These are coroutines, as one would write them: a future for each wait, and corofy's frames. No
// error can come: nobody closes a channel, and a Yield takes less than a minute.

func yields(n int) task {
	return future.Async(func(co *future.Co) (struct{}, error) {
		for range n {
			future.Wait(co, runtime.Yield())
		}
		return struct{}{}, nil
	})
}

func ping(n int, there, back *runtime.Chan[int]) task {
	return future.Async(func(co *future.Co) (struct{}, error) {
		for i := range n {
			future.Wait(co, there.Send(i))
			future.Wait(co, back.Recv())
		}
		return struct{}{}, nil
	})
}

func pong(n int, there, back *runtime.Chan[int]) task {
	return future.Async(func(co *future.Co) (struct{}, error) {
		for range n {
			i, _ := future.Wait(co, there.Recv())
			future.Wait(co, back.Send(i))
		}
		return struct{}{}, nil
	})
}

func setTimers(n int) task {
	return future.Async(func(co *future.Co) (struct{}, error) {
		for range n {
			future.Wait(co, runtime.Timeout(time.Minute, runtime.Yield()))
		}
		return struct{}{}, nil
	})
}
