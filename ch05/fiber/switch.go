//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import "unsafe"

// switchTo saves the running context in old and resumes new. It returns when
// something switches to old. (The book's name, switch, is a keyword in Go.) The
// collector never sees a switch half done, because Go doesn't preempt a goroutine
// in assembly. The CPU profiler's signal may come there (see TestCPUProfile).
func switchTo(old, new *Context)

// skip is the first code on a new stack. It calls start, and then guard.
func skip()
func skipPC() uintptr

// marking reports whether the collector is marking the memory in use. It does so
// between the two moments at which it stops the world.
func marking() bool

// getg returns the address of the running goroutine's g.
func getg() unsafe.Pointer

// Switch is the bare switch, without turns, waits or checks. Only the runtime's
// own goroutine may call it, outside of Run, and a function that Prepare has
// prepared. As in the book, nothing protects against a wrong use.
func Switch(old, new *Context) { switchTo(old, new) }

// Prepare returns a stack on which f is about to start, and the context c that
// leads there. The first Switch to c calls f. When f returns, it resumes the
// caller of the last Switch to c, which must have saved its context in back. Until
// then no other fiber may run, and f may call no function of this package but
// Switch. The stack is valid until Close.
func (rt *Runtime) Prepare(f func(), back *Context) (c *Context, stack []uintptr, err error) {
	if err := rt.mayCall(); err != nil {
		return nil, nil, err
	}
	fb, err := rt.available()
	if err != nil {
		return nil, nil, err
	}
	fb.run, fb.back, fb.started = f, back, false
	rt.arena.prepare(fb)
	rt.watch()
	rt.prepared = fb
	return &fb.context, unsafe.Slice((*uintptr)(fb.stack), rt.arena.stackSize/8), nil
}
