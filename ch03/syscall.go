package main

import (
	"context"

	"ch03/kit"
)

// normalSyscall makes the call through the function that the system offers for
// it: on Unix write(2) of x/sys (which has assembly like that of the example
// before, but calls the C library on macOS and OpenBSD), on Windows functions
// of kernel32.dll. They know numbers and registers, and tell Go's scheduler.
// What they don't hide is that the systems differ: hence two files.
func normalSyscall(context.Context, *kit.Env) error {
	return writeAll(systemWrite, "Hello world from syscall!\n")
}
