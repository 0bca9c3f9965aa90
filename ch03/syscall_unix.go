//go:build unix

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

func systemWrite(fd uintptr, p []byte) (int, error) {
	for {
		n, err := unix.Write(int(fd), p)
		switch err {
		case nil:
			return n, nil
		case unix.EINTR: // a signal came before the first byte went
			continue
		}
		return 0, fmt.Errorf("write(2) to fd %d: %w", fd, err)
	}
}
