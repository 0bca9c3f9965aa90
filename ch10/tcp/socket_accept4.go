//go:build linux || freebsd || dragonfly

package tcp

import "golang.org/x/sys/unix"

// acceptOne returns a non-blocking socket that child processes don't inherit.
func acceptOne(listener int) (int, error) {
	fd, _, err := unix.Accept4(listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	return fd, err
}
