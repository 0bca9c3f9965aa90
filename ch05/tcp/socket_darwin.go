package tcp

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// socket makes a non-blocking socket that child processes don't inherit. macOS takes three calls.
func socket(family int) (descriptor, error) {
	syscall.ForkLock.RLock() // no process may be forked between the next two calls
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return noDescriptor, err
	}
	return fd, unix.SetNonblock(fd, true) // which can't fail on a socket
}
