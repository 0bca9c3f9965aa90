//go:build stackful

package main

import (
	"fmt"
	"time"

	"ch09/future"
)

// buffering collects responses in a buffer, by way of a pointer to it. Both live across
// the waits, and one refers to the other.
func buffering(s *session) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		buffer := "\nBUFFER:\n----\n"
		writer := &buffer
		fmt.Fprintln(s.env.Out, "Program starting")
		txt, err := future.Wait(co, s.get(600*time.Millisecond, "HelloAsyncAwait"))
		if s.came(err) {
			*writer += txt + "\n"
		}
		txt, err = future.Wait(co, s.get(400*time.Millisecond, "HelloAsyncAwait"))
		if s.came(err) {
			*writer += txt + "\n"
		}

		fmt.Fprintln(s.env.Out, buffer)
		return struct{}{}, nil
	})
}
