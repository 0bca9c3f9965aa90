//go:build darwin || freebsd || linux || netbsd || openbsd

package bench

import (
	"time"

	"golang.org/x/sys/unix"
)

// usage is what this process has used so far.
func usage() used {
	var u unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &u)
	return used{CPU: time.Duration(u.Utime.Nano() + u.Stime.Nano()), Peak: peak(&u)}
}

// maxDescriptors is how many files and sockets this process may have open.
func maxDescriptors() int {
	limit := unix.Rlimit{Cur: maxTimes}
	unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
	return int(min(uint64(limit.Cur), maxTimes))
}
