package main

import (
	"context"

	"ch03/kit"
)

// normalSyscall makes the call through a function that the system offers for
// it. On Unix that is write(2) of x/sys, which has assembly like that of the
// example before, but calls the C library on macOS and OpenBSD. On Windows it
// is a function of kernel32.dll. Such functions know numbers and registers,
// and inform Go's scheduler. But they don't hide that the systems differ, so
// there are two files.
func normalSyscall(context.Context, *kit.Env) error {
	return writeAll(systemWrite, "Hello world from syscall!\n")
}
