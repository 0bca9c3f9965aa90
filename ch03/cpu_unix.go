//go:build unix && !netbsd

package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadCPU returns the CPU time that the calling thread has used.
// (getrusage(2) knows it too, but not of a single thread on macOS.)
func threadCPU() time.Duration {
	var t unix.Timespec
	unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) // should it fail, t stays 0
	return time.Duration(t.Nano())
}
