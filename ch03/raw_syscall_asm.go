//go:build (linux || darwin) && (amd64 || arm64)

package main

import (
	"fmt"
	"syscall"
)

// write2 is write(2) in raw_syscall_GOOS_GOARCH.s. It returns the number of
// bytes, or the number of an error, negated.
//
// Go's scheduler doesn't learn of the call. syscall.Write informs it before it
// enters the kernel, so that other goroutines move to another thread. While
// write2 waits, for a full pipe say, the other goroutines of this thread can't
// run, and neither can the garbage collector. That is fine for one line of
// text.
func write2(fd uintptr, p *byte, n uintptr) (result int)

func rawWrite(fd uintptr, p []byte) (int, error) {
	n := write2(fd, &p[0], uintptr(len(p)))
	if n < 0 {
		return 0, fmt.Errorf("write(2) to fd %d: %w", fd, syscall.Errno(-n))
	}
	return n, nil
}
