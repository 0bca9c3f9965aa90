//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"fmt"
	"runtime"
	"unsafe"
)

// What switchTo writes to in g is Go's private business. Since Go 1.22, and
// long before, stack.lo, stack.hi, stackguard0, stackguard1, _panic and _defer
// have been its first six words; stktopsp has stood in several places. Nothing
// promises that this stays so. checkLayout looks, once, at a goroutine of its
// own: does each word behave as the field that it is taken for?

var (
	guardDistance uintptr // stackguard0 - stack.lo: 928, more on Windows and under -race
	stktopsp      uintptr // offset of g.stktopsp

	layoutShift uintptr // for a test: pretends that all fields stand elsewhere
)

// Offsets of the words of g, as in switch_*.s.
const (
	gLo, gHi, gGuard0, gGuard1, gPanic, gDefer = 0, 8, 16, 24, 32, 40

	firstUnknown, lastUnknown = 56, 232 // stktopsp is in between; before it stands m
)

// checkLayout finds guardDistance and stktopsp, or returns an error that says
// what isn't as expected.
func checkLayout() error {
	done := make(chan error)
	go func() { // fresh: a small stack, nothing deferred, no panic
		err := probeStack()
		if err == nil {
			err = probeDefers()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		return fmt.Errorf("%s on %s/%s lays out runtime.g in a way that is not known here: %w",
			runtime.Version(), runtime.GOOS, runtime.GOARCH, err)
	}
	return nil
}

// field returns a word of the running goroutine's g.
func field(offset uintptr) uintptr { return *(*uintptr)(unsafe.Add(getg(), layoutShift+offset)) }

// where returns the address of a word in its own frame.
//
//go:noinline
func where() uintptr {
	var local byte
	return uintptr(unsafe.Pointer(&local))
}

func probeStack() error {
	lo, hi, guard, sp := field(gLo), field(gHi), field(gGuard0), where()
	size := hi - lo
	if !(lo < sp && sp < hi && size <= 64<<20 && lo%2048 == 0 && size&(size-1) == 0) {
		return fmt.Errorf("stack [%#x, %#x) with the stack pointer at %#x", lo, hi, sp)
	}
	// A request to preempt stands in stackguard0 until it is followed.
	for i := 0; guard > hi && i < 1000; i++ {
		runtime.Gosched()
		lo, hi, guard, sp = field(gLo), field(gHi), field(gGuard0), where()
	}
	if d := guard - lo; d < 800 || d > 16<<10 || guard > sp+1024 {
		return fmt.Errorf("stackguard0 is stack.lo + %d", int(guard-lo))
	}
	guardDistance = guard - lo
	if g := field(gGuard1); g != ^uintptr(0) {
		return fmt.Errorf("stackguard1 is %#x", g)
	}

	// stktopsp is the one word that points to a little below stack.hi.
	// (sched.sp would too, but is 0 in a goroutine that has just started.)
	stktopsp = 0
	for off := uintptr(firstUnknown); off < lastUnknown; off += 8 {
		if v := field(off); v > sp && v < hi && hi-v < 256 {
			if stktopsp != 0 {
				return fmt.Errorf("words %d and %d both look like stktopsp", stktopsp, off)
			}
			stktopsp = off
		}
	}
	if stktopsp == 0 {
		return fmt.Errorf("no word looks like stktopsp")
	}

	// When the stack is copied to a larger one, all of them move along.
	below := hi - field(stktopsp)
	deep(int(size / 256))
	lo, guard = field(gLo), field(gGuard0)
	switch {
	case field(gHi)-lo <= size:
		return fmt.Errorf("a stack of %d bytes that grew has %d", size, int(field(gHi)-lo))
	case guard != lo+guardDistance && guard < field(gHi):
		return fmt.Errorf("stackguard0 is stack.lo + %d after the stack grew", int(guard-lo))
	case field(gHi)-field(stktopsp) != below:
		return fmt.Errorf("word %d didn't move with the stack", stktopsp)
	}
	return nil
}

// deep needs n frames of over 256 bytes.
//
//go:noinline
func deep(n int) byte {
	var b [256]byte
	b[n%256] = byte(n)
	if n == 0 {
		return b[0]
	}
	return deep(n-1) + b[n%256]
}

func probeDefers() (err error) {
	if p, d := field(gPanic), field(gDefer); p != 0 || d != 0 {
		return fmt.Errorf("_panic %#x and _defer %#x in a fresh goroutine", p, d)
	}
	if duringDefer() == 0 {
		return fmt.Errorf("_defer is 0 where a call is deferred")
	}
	lo, hi, p := duringPanic()
	if p < lo || p >= hi {
		return fmt.Errorf("_panic is %#x during a panic, not in the stack [%#x, %#x)", p, lo, hi)
	}
	if p, d := field(gPanic), field(gDefer); p != 0 || d != 0 {
		return fmt.Errorf("_panic %#x and _defer %#x after a panic", p, d)
	}
	return nil
}

//go:noinline
func duringDefer() uintptr {
	for range 2 { // only a defer in a loop is put on the list for sure
		defer func() {}()
	}
	return field(gDefer)
}

//go:noinline
func duringPanic() (lo, hi, p uintptr) {
	defer func() {
		lo, hi, p = field(gLo), field(gHi), field(gPanic)
		recover()
	}()
	panic("probe")
}
