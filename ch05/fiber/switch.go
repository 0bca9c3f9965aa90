//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import "unsafe"

// switchTo saves the running context in old and goes on with new: it returns
// when something switches to old. (switch, the book's name, is a keyword here.)
// The collector never sees it half done: Go preempts no goroutine in the middle
// of assembly. (The CPU profiler's signal may come there: see TestCPUProfile.)
func switchTo(old, new *Context)

// skip is the first code on a new stack: it calls start, and after that guard.
func skip()
func skipPC() uintptr

// marking reports whether the collector is marking what is alive: between the
// two moments at which it stops the world.
func marking() bool

// getg returns the address of the running goroutine's g.
func getg() unsafe.Pointer

// Switch is the switch and nothing else: no turns, no waiting, no check. It is
// for the runtime's own goroutine, outside of Run, and for what Prepare has
// prepared. As in the book, a wrong use of it ends anywhere.
func Switch(old, new *Context) { switchTo(old, new) }

// Prepare makes a stack on which f is about to start, and the context that
// leads there: that of a fiber without a turn. The first Switch to it calls f.
// When f returns, the caller of the last Switch to it goes on: that Switch must
// have saved its context in back. Until then no other fiber may run, and f may
// call nothing of this package but Switch. The stack is valid until Close.
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
