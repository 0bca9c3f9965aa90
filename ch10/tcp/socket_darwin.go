package tcp

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// socket makes a non-blocking socket that child processes don't inherit. macOS
// takes three calls; the lock keeps a fork from coming between them.
func socket(family int) (descriptor, error) {
	syscall.ForkLock.RLock()
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return noDescriptor, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return noDescriptor, err
	}
	return descriptor(fd), nil
}
