// Package fiber has fibers. A fiber is a thread of control with a stack of its own,
// and a few lines of assembly switch from one fiber to another. The package is
// the book's runtime of green threads, but it lives inside Go, whose own runtime
// keeps a record of every stack. A fiber runs any Go closure, which may allocate,
// print, defer, panic and recover.
//
//	rt, err := fiber.New(fiber.Options{})
//	…
//	defer rt.Close()
//	fiber.Spawn(func() { fmt.Println("one"); fiber.Yield(); fmt.Println("three") })
//	fiber.Spawn(func() { fmt.Println("two") })
//	err = rt.Run()
//
// A fiber that has begun and isn't running is parked. Each file has one part:
//
//   - context.go, switch.go and switch_*.s are the switch, and the beginning and the
//     end of a fiber. A switch saves two registers and the words of g, Go's record of
//     a goroutine, that describe the stack.
//   - layout.go checks that those words are where the assembly expects them. They
//     are private to Go, so New fails with a version of Go that has moved them.
//   - stack.go is one arena for all stacks, made so that Go never grows or shrinks
//     a stack. A fiber that runs out of stack ends the process with Go's own
//     "stack overflow".
//   - fiber.go has the states and the turns, and wait.go the wait for a socket or a time.
//   - collect.go keeps the garbage collector off, because it can't see the stack of
//     a parked fiber. It collects only while all those stacks are lent to goroutines.
//
// All fibers run on the goroutine that calls Run. So one fiber runs at a time, and
// one that blocks outside [Wait] and [Sleep] blocks them all. A fiber that is called
// back from C, or from Windows, must not yield there.
//
// Between New and Close no other code may start a collection, as runtime.GC,
// debug.FreeOSMemory, debug.SetGCPercent and debug.SetMemoryLimit do. A fiber that
// resumes after one ends the process, with a line that says so, before it touches
// anything (see collect.go). After several in quick succession, Go may end the process
// first, because a later collection finds pointers to memory that an earlier one has
// freed ("found bad pointer in Go heap").
package fiber

import (
	"errors"
	"fmt"
	"time"
)

// Options are the parameters of [New]. A field that is zero has its default.
type Options struct {
	StackSize int           // bytes of each stack, rounded up to whole pages; default 64 KiB, at least 16 KiB
	MaxFibers int           // fibers alive at a time, default 10,000; one more costs addresses, not memory
	WaitLimit time.Duration // longest time that a Wait may take; default: no limit
}

// ErrGoexit is the error that Run returns, wrapped, for a fiber that called
// runtime.Goexit. The fiber's deferred calls have run.
var ErrGoexit = errors.New("runtime.Goexit in a fiber")

// PanicError is the error that Run returns for a fiber that panicked.
type PanicError struct {
	ID    int
	Value any    // argument of panic
	Stack []byte // stack trace of the fiber at the panic
}

func (e *PanicError) Error() string { return fmt.Sprintf("fiber %d: panic: %v", e.ID, e.Value) }
