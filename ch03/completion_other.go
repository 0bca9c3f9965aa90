//go:build !linux

package main

import (
	"errors"
	"fmt"
)

// complete is written for Linux only. Windows has completion-based I/O too,
// and had it first (an overlapped WSARecv on an I/O completion port). macOS
// and most BSDs have none for sockets.
func complete(*inbox, []*conn) error {
	return fmt.Errorf("io_uring is Linux's: %w", errors.ErrUnsupported)
}
