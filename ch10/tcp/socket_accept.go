//go:build unix && !(linux || freebsd || dragonfly || aix)

package tcp

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// acceptOne returns a non-blocking socket that child processes don't inherit. Here it
// takes three calls; the lock keeps a fork from coming between them.
func acceptOne(listener int) (int, error) {
	syscall.ForkLock.RLock()
	fd, _, err := unix.Accept(listener)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return fd, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return fd, err
	}
	return fd, nil
}
