//go:build unix && !darwin && !aix

package tcp

import "golang.org/x/sys/unix"

// socket makes a non-blocking socket that child processes don't inherit.
func socket(family int) (descriptor, error) {
	return unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
}
