//go:build unix

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

func systemWrite(fd uintptr, p []byte) (int, error) {
	for {
		n, err := unix.Write(int(fd), p)
		if err == nil {
			return n, nil
		}
		if err != unix.EINTR { // a signal came before the first byte went
			return 0, fmt.Errorf("write(2) to fd %d: %w", fd, err)
		}
	}
}
