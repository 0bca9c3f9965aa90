//go:build unix

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

func systemWrite(fd uintptr, p []byte) (int, error) {
	n, err := unix.Write(int(fd), p)
	if err != nil {
		return 0, fmt.Errorf("write(2) to fd %d: %w", fd, err)
	}
	return n, nil
}
