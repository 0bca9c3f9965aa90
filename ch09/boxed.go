//go:build stackful

package main

import (
	"fmt"
	"io"
	"time"

	"ch09/future"
	"ch09/kit"
)

// buffering collects responses in a buffer, by way of a pointer to it. Both live across
// the waits, and one refers to the other.
func buffering(out io.Writer, r *kit.Requests) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		buffer := "\nBUFFER:\n----\n"
		writer := &buffer
		fmt.Fprintln(out, "Program starting")
		txt, err := future.Wait(co, get(out, r, 600*time.Millisecond))
		if r.OK(err) {
			*writer += txt + "\n"
		}
		txt, err = future.Wait(co, get(out, r, 400*time.Millisecond))
		if r.OK(err) {
			*writer += txt + "\n"
		}

		fmt.Fprintln(out, buffer)
		return struct{}{}, nil
	})
}
