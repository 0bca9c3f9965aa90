//go:build stackful

package main

import (
	"time"

	"ch09/future"
	"ch09/kit"
)

// buffering collects responses in a buffer, through a pointer to it. Both live across the
// waits, and one refers to the other.
func buffering(r *kit.Requests, say func(string)) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		buffer := "\nBUFFER:\n----\n"
		writer := &buffer
		say("Program starting")
		txt, err := future.Wait(co, get(r, say, 600*time.Millisecond))
		if r.OK(err) {
			*writer += txt + "\n"
		}
		txt, err = future.Wait(co, get(r, say, 400*time.Millisecond))
		if r.OK(err) {
			*writer += txt + "\n"
		}

		say(buffer)
		return struct{}{}, nil
	})
}
