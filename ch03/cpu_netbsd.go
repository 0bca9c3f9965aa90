package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadCPU returns the CPU time of the whole process, because x/sys has no
// clock of a thread for NetBSD.
func threadCPU() time.Duration {
	var u unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &u) // should it fail, u stays 0
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
