package thread

import "golang.org/x/sys/unix"

// ID calls _lwp_self(2). The number is unique within the process.
func ID() (id uint64, ok bool) {
	r, _, errno := unix.RawSyscall(unix.SYS__LWP_SELF, 0, 0, 0)
	return uint64(r), errno == 0
}
