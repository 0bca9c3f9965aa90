//go:build stackful

package main

import "ch07/future"

// suspend waits for f. It is here to be weighed.
func suspend(f future.Future[int]) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		return future.Wait(co, f)
	})
}
