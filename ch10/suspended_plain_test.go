//go:build !stackful

package main

import "ch10/future"

// asyncMainNever is asyncMain, in the state in which it waits for its first response.
func asyncMainNever(s *session) future.Future[struct{}] {
	return &asyncMainCoroutine{s: s, state: 1, fut1: never{}}
}
