package main

import (
	"context"
	"flag"
	"io"
	"math"
	"os"

	"ch03/kit"
)

// fd is where the first two examples write. They name a descriptor of the
// system's, not env.Out: there is nothing between them and the kernel that
// could turn one into the other.
var fd uint

func fdFlag(fs *flag.FlagSet) {
	fs.UintVar(&fd, "fd", uint(os.Stdout.Fd()), "write to the file descriptor `n` (on Windows a handle)")
}

// rawSyscall puts the system call's number and its arguments into registers
// and traps into the kernel, with no library in between. rawWrite is the
// assembly's Go side, or on some systems the reason why there is none.
func rawSyscall(context.Context, *kit.Env) error {
	return writeAll(rawWrite, "Hello world from raw syscall!\n")
}

// writeAll writes text to fd. A write may be short: a pipe that is nearly full
// or a signal takes a part, and the rest has to be written again.
func writeAll(write func(fd uintptr, p []byte) (int, error), text string) error {
	if fd > math.MaxInt32 {
		// The kernel would look at the low 32 bits only, and write to another one.
		return kit.Usagef("-fd %d: want a number up to %d", fd, math.MaxInt32)
	}
	for p := []byte(text); len(p) > 0; {
		n, err := write(uintptr(fd), p)
		if err != nil {
			return err
		}
		if n <= 0 || n > len(p) {
			return io.ErrShortWrite // neither an error nor progress: don't try for ever
		}
		p = p[n:]
	}
	return nil
}
