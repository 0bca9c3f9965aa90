// Package thread identifies threads of the operating system.
package thread

import "golang.org/x/sys/unix"

// ID returns the system's number of the calling thread, by gettid(2).
func ID() (id uint64, ok bool) { return uint64(unix.Gettid()), true }
