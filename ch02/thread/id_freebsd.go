package thread

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// ID returns the system's number of the calling thread. thr_self(2) writes it
// as a C long.
func ID() (id uint64, ok bool) {
	_, _, errno := unix.RawSyscall(unix.SYS_THR_SELF, uintptr(unsafe.Pointer(&id)), 0, 0)
	return id, errno == 0
}
