//go:build stackful

package main

import "ch07/future"

// suspend waits for f. Package bench weighs it.
func suspend(f future.Future[int]) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		return future.Wait(co, f)
	})
}
