//go:build stackful

package main

import (
	"fmt"

	"ch09/future"
	"ch09/kit"
)

// countingNever is counting, up to where it waits for its first response.
func countingNever(r *kit.Requests) future.Future[struct{}] {
	say := func(string) {}
	return future.Async(func(co *future.Co) (struct{}, error) {
		counter := 0
		say("Program starting")
		txt, err := future.Wait(co, future.Future[string](never{}))
		if r.OK(err) {
			say(txt)
			counter++
		}
		say(fmt.Sprintf("Received %d responses.", counter))
		return struct{}{}, nil
	})
}
