//go:build stackful

package main

import (
	"fmt"
	"io"

	"ch09/future"
	"ch09/kit"
)

// countingNever is counting, up to where it waits for its first response.
func countingNever(r *kit.Requests) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		counter := 0
		fmt.Fprintln(io.Discard, "Program starting")
		txt, err := future.Wait(co, future.Future[string](never{}))
		if r.OK(err) {
			fmt.Fprintln(io.Discard, txt)
			counter++
		}
		fmt.Fprintf(io.Discard, "Received %d responses.\n", counter)
		return struct{}{}, nil
	})
}
