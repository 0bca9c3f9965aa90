//go:build !stackful

package main

import "ch09/future"

// countingNever is counting, in the state in which it waits for its first response.
func countingNever(s *session) future.Future[struct{}] {
	return &countingCoroutine{s: s, state: 1, fut1: never{}}
}
