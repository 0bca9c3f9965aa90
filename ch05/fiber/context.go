//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

// A context is what has to be saved of a thread of control so that it can go
// on later: the book's ThreadContext. The book saves the stack pointer and six
// registers, because the C calling convention promises to a function that its
// callee leaves those alone. Go's promises nothing of the kind: at a call every
// register but the stack pointer and the frame pointer is free. What Go needs
// instead are the words of g, its own record of the running goroutine, that
// describe the stack. All are numbers and not pointers: the collector must not
// follow them, since a goroutine's stack may have moved away from under them.
type context struct {
	sp uintptr // stack pointer; where it goes on is the word there (amd64), or
	lr uintptr // this (arm64, which keeps a return address in a register)
	bp uintptr // frame pointer: profilers walk along it

	panics uintptr // g._panic: a panic that runs deferred calls now
	defers uintptr // g._defer: deferred calls that are not open-coded

	lo, hi uintptr // g.stack; g.stackguard0 follows from lo
	top    uintptr // g.stktopsp: where tracebacks expect to end
}

// switchTo saves the running context in old and goes on with new: it returns
// when something switches to old. (switch, the book's name, is a keyword here.)
// The collector never sees it half done: Go preempts no goroutine in the middle
// of assembly. (The CPU profiler's signal may come there: see TestCPUProfile.)
func switchTo(old, new *context)

// skip is the first code on a new stack: it calls start, and after that guard.
func skip()
func skipPC() uintptr

// marking reports whether the collector is marking what is alive: between the
// two moments at which it stops the world.
func marking() bool

// getg returns the address of the running goroutine's g, getsp the stack
// pointer, and word the word at p + offset.
func getg() uintptr
func getsp() uintptr
func word(p, offset uintptr) uintptr
