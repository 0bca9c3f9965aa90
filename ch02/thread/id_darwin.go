package thread

import "golang.org/x/sys/unix"

// ID returns the kernel's number of the calling thread. The system call has no
// manual page. Its public form, pthread_threadid_np(3), needs C.
func ID() (id uint64, ok bool) {
	r, _, errno := unix.RawSyscall(unix.SYS_THREAD_SELFID, 0, 0, 0)
	return uint64(r), errno == 0
}
