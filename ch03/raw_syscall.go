package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"syscall"

	"ch03/kit"
)

// fd is the descriptor to which the first two examples write. They don't write
// to env.Out, because nothing between them and the kernel could turn that into
// a descriptor.
var fd uint

func fdFlag(fs *flag.FlagSet) {
	fs.UintVar(&fd, "fd", uint(os.Stdout.Fd()), "write to the file descriptor `n` (on Windows a handle)")
}

// rawSyscall puts the system call's number and its arguments into registers
// and traps into the kernel, with no library in between. rawWrite is the Go
// side of the assembly. Where there is none, it returns the reason.
func rawSyscall(context.Context, *kit.Env) error {
	return writeAll(rawWrite, "Hello world from raw syscall!\n")
}

// writeAll writes text to fd. A write may be short, because of a signal or a
// pipe that is nearly full, so the rest has to be written again.
func writeAll(write func(fd uintptr, p []byte) (int, error), text string) error {
	if fd > math.MaxInt32 {
		// The kernel would use only the low 32 bits, and write to another descriptor.
		return kit.Usagef("-fd %d: want a number up to %d", fd, math.MaxInt32)
	}
	for p := []byte(text); len(p) > 0; {
		n, err := write(uintptr(fd), p)
		if errors.Is(err, syscall.EINTR) { // a signal came before the first byte went
			continue
		}
		if err != nil {
			return err
		}
		if n <= 0 || n > len(p) {
			return io.ErrShortWrite // neither an error nor progress, so a retry might never end
		}
		p = p[n:]
	}
	return nil
}
