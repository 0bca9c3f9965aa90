//go:build darwin || freebsd || linux || netbsd || openbsd

package bench

import (
	"time"

	"golang.org/x/sys/unix"
)

// usage is what this process has used so far.
func usage() used {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return used{}
	}
	return used{CPU: time.Duration(u.Utime.Nano() + u.Stime.Nano()), Peak: peak(&u)}
}

// maxDescriptors is how many files and sockets this process may have open.
func maxDescriptors() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return maxTimes
	}
	return int(min(uint64(limit.Cur), maxTimes))
}
