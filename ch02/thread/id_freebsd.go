package thread

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// ID calls thr_self(2), which writes a C long.
func ID() (id uint64, ok bool) {
	_, _, errno := unix.RawSyscall(unix.SYS_THR_SELF, uintptr(unsafe.Pointer(&id)), 0, 0)
	return id, errno == 0
}
