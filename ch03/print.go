package main

import (
	"context"
	"fmt"

	"ch03/kit"
)

// printLine leaves everything to the standard library. If env.Out writes to
// os.Stdout, the line passes through these functions:
//
//	fmt.Fprintln               formats it into a buffer
//	os.(*File).Write           makes a *PathError of an error
//	internal/poll.(*FD).Write  locks; continues a short write, repeats EINTR, waits for Go's event queue on EAGAIN
//	syscall.Write              informs the scheduler
//	SYSCALL or SVC             or the C library on macOS and OpenBSD
//
// On Windows internal/poll calls WriteConsole or WriteFile, like the example
// before. The source is the same on every system.
func printLine(_ context.Context, env *kit.Env) error {
	_, err := fmt.Fprintln(env.Out, "Hello world from print!")
	return err
}
