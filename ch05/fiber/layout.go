//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"cmp"
	"fmt"
	"runtime"
	"unsafe"
)

// The words of g that switchTo writes are private to Go. The first six are
// stack.lo, stack.hi, stackguard0, stackguard1, _panic and _defer in Go 1.22 to
// 1.26 and in many versions before. The offset of stktopsp differs between
// versions. Go doesn't promise that any of this stays. So checkLayout starts a
// goroutine, and tests there whether each word behaves as the field that it is
// taken for.

var (
	guardDistance uintptr // stackguard0 - stack.lo: 928, more on Windows and under -race
	stktopsp      uintptr // offset of g.stktopsp

	layoutShift uintptr // 0 but in a test, which pretends that all fields have moved
)

// Offsets of the words of g, as in switch_*.s.
const (
	gLo, gHi, gGuard0, gGuard1, gPanic, gDefer = 0, 8, 16, 24, 32, 40
	firstUnknown, lastUnknown                  = 56, 232 // stktopsp is in between, behind m
)

// checkLayout finds guardDistance and stktopsp, or returns an error that says
// which word isn't as expected.
func checkLayout() error {
	wrong := make(chan string)
	go func() { wrong <- cmp.Or(probeStack(), probeDefers()) }() // fresh: a small stack, nothing deferred, no panic
	if w := <-wrong; w != "" {
		return fmt.Errorf("%s on %s/%s lays out runtime.g in a way that is not known here: %s",
			runtime.Version(), runtime.GOOS, runtime.GOARCH, w)
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

func probeStack() (wrong string) {
	lo, hi, guard, sp := field(gLo), field(gHi), field(gGuard0), where()
	size := hi - lo
	if !(lo < sp && sp < hi && size <= 64<<20 && lo%2048 == 0 && size&(size-1) == 0) {
		return fmt.Sprintf("stack [%#x, %#x) with the stack pointer at %#x", lo, hi, sp)
	}
	// stackguard0 holds a request to preempt until the goroutine follows it.
	for i := 0; guard > hi && i < 1000; i++ {
		runtime.Gosched()
		lo, hi, guard, sp = field(gLo), field(gHi), field(gGuard0), where()
	}
	guardDistance = guard - lo
	if guardDistance < 800 || guardDistance > 16<<10 || guard > sp+1024 || field(gGuard1) != ^uintptr(0) {
		return fmt.Sprintf("stackguard0 is stack.lo + %d, stackguard1 %#x", int(guardDistance), field(gGuard1))
	}

	// stktopsp is the one word that points to a little below stack.hi.
	// (sched.sp would too, but is 0 in a goroutine that has just started.)
	found := 0
	for off := uintptr(firstUnknown); off < lastUnknown; off += 8 {
		if v := field(off); v > sp && v < hi && hi-v < 256 {
			stktopsp = off
			found++
		}
	}
	if found != 1 {
		return fmt.Sprintf("%d words look like stktopsp", found)
	}

	// When Go copies the stack to a larger one, it changes all of them.
	below := hi - field(stktopsp)
	deep(int(size / 256))
	lo, hi, guard = field(gLo), field(gHi), field(gGuard0)
	if hi-lo <= size || guard != lo+guardDistance && guard < hi || hi-field(stktopsp) != below {
		return fmt.Sprintf("a stack of %d bytes that grew has %d, stackguard0 is stack.lo + %d, stktopsp stack.hi - %d, not %d",
			size, int(hi-lo), int(guard-lo), int(hi-field(stktopsp)), below)
	}
	return ""
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

func probeDefers() (wrong string) {
	before, deferred := field(gPanic)|field(gDefer), duringDefer()
	lo, hi, p := duringPanic()
	if after := field(gPanic) | field(gDefer); before|after != 0 || deferred == 0 || p < lo || p >= hi {
		return fmt.Sprintf("_panic and _defer %#x, %#x where a call is deferred, %#x in a panic, then %#x", before, deferred, p, after)
	}
	return ""
}

func duringDefer() uintptr {
	for range 2 { // only a defer in a loop is put on the list for sure
		defer func() {}()
	}
	return field(gDefer)
}

func duringPanic() (lo, hi, p uintptr) {
	defer func() {
		lo, hi, p = field(gLo), field(gHi), field(gPanic)
		recover()
	}()
	panic("probe")
}
