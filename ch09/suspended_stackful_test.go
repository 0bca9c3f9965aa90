//go:build stackful

package main

import (
	"fmt"

	"ch09/future"
)

// countingNever is counting, up to where it waits for its first response.
func countingNever(s *session) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		counter := 0
		fmt.Fprintln(s.env.Out, "Program starting")
		txt, err := future.Wait(co, future.Future[string](never{}))
		if s.came(err) {
			fmt.Fprintln(s.env.Out, txt)
			counter++
		}
		fmt.Fprintf(s.env.Out, "Received %d responses.\n", counter)
		return struct{}{}, nil
	})
}
