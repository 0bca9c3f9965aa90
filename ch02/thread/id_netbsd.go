package main

import "golang.org/x/sys/unix"

// threadID asks the kernel which thread runs this: _lwp_self(2). The number
// is unique within the process.
func threadID() (id uint64, ok bool) {
	r, _, errno := unix.RawSyscall(unix.SYS__LWP_SELF, 0, 0, 0)
	return uint64(r), errno == 0
}
