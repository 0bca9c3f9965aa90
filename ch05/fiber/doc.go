// Package fiber has fibers: threads of control with stacks of their own, that
// are switched from one to the other by a few lines of assembly. It is what the
// book's runtime of green threads is, but it lives inside of Go, whose own
// runtime wants to know about every stack. What a fiber runs is any Go
// closure: it may allocate, print, defer, panic and recover.
//
//	rt, err := fiber.New(fiber.Options{})
//	…
//	defer rt.Close()
//	fiber.Spawn(func() { fmt.Println("one"); fiber.Yield(); fmt.Println("three") })
//	fiber.Spawn(func() { fmt.Println("two") })
//	err = rt.Run()
//
// What it takes, and where that is written:
//
//   - context.go, switch.go and switch_*.s: the switch. It saves two registers and
//     the words of g, Go's record of a goroutine, that describe the stack.
//   - layout.go: that those words stand where the assembly takes them to be.
//     They are private to Go: with a version that has moved them, New fails.
//   - stack.go: one arena for all stacks, made so that Go never tries to grow or
//     shrink one of them. A fiber that runs out of stack ends the
//     process with Go's own "stack overflow".
//   - fiber.go, start.go and wait.go: states and turns; how a fiber begins and
//     ends; waiting for a socket or a time.
//   - collect.go: the garbage collector can't see a parked fiber's stack. It is
//     off, and runs only when all of them are lent to goroutines.
//
// What a fiber can't do: run while another fiber runs (they are all one
// goroutine, on one thread at a time), block without blocking all others, or
// be called back from C (or from Windows) and yield there, or survive a
// collection that somebody else has asked for. runtime.GC, debug.FreeOSMemory,
// debug.SetGCPercent and debug.SetMemoryLimit must not be called between New and
// Close. It is noticed
// before a fiber goes on, and ends the process with a line that says so; see
// collect.go. One case isn't ours to catch: of several such collections in quick
// succession a later one may stumble over what an earlier one has freed. Then
// the process ends with Go's own message ("found bad pointer in Go heap").
package fiber

import (
	"errors"
	"fmt"
	"time"
)

// Options are for [New]. The zero value of each field means its default.
type Options struct {
	StackSize int           // bytes of each stack, rounded up to whole pages; default 64 KiB, at least 16 KiB
	MaxFibers int           // alive at a time; default 10,000. It costs addresses, not memory
	WaitLimit time.Duration // how long a Wait may take; default: for ever
}

// ErrGoexit is what Run returns, wrapped, for a fiber that called
// runtime.Goexit: its deferred calls have run.
var ErrGoexit = errors.New("runtime.Goexit in a fiber")

// PanicError is what Run returns for a fiber that panicked.
type PanicError struct {
	ID    int
	Value any    // what panic was called with
	Stack []byte // of the fiber, from where it panicked
}

func (e *PanicError) Error() string { return fmt.Sprintf("fiber %d: panic: %v", e.ID, e.Value) }
