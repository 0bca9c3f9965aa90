//go:build !stackful

package main

import (
	"ch09/future"
	"ch09/kit"
)

// countingNever is counting, in the state in which it waits for its first response.
func countingNever(r *kit.Requests) future.Future[struct{}] {
	return &countingCoroutine{r: r, say: func(string) {}, state: 1, fut1: never{}}
}
