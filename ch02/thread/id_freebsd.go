package main

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// threadID asks the kernel which thread runs this: thr_self(2), which writes
// a C long.
func threadID() (id uint64, ok bool) {
	var long int
	_, _, errno := unix.RawSyscall(unix.SYS_THR_SELF, uintptr(unsafe.Pointer(&long)), 0, 0)
	return uint64(long), errno == 0
}
