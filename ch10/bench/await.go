//go:build stackful

package bench

import (
	"ch10/future"
	"ch10/runtime"
)

// These do what yielder and player do, as one would write it: a future for each wait, and corofy's frames.

func yields(n int) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		for range n {
			if _, err := future.Wait(co, runtime.Yield()); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
}

func ping(n int, there, back *runtime.Chan[int]) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		for i := range n {
			if _, err := future.Wait(co, there.Send(i)); err != nil {
				return struct{}{}, err
			}
			if _, err := future.Wait(co, back.Recv()); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
}

func pong(n int, there, back *runtime.Chan[int]) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		for range n {
			ball, err := future.Wait(co, there.Recv())
			if err != nil {
				return struct{}{}, err
			}
			if _, err := future.Wait(co, back.Send(ball)); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
}
