//go:build stackful

package main

import (
	"fmt"

	"ch10/future"
)

// asyncMainNever is asyncMain, up to where it waits for its first response.
func asyncMainNever(s *session) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		fmt.Fprintln(s.env.Out, "Program starting")
		txt, err := future.Wait(co, future.Future[string](never{}))
		if s.came(err) {
			fmt.Fprintln(s.env.Out, txt)
		}
		return struct{}{}, nil
	})
}
