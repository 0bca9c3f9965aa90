//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"fmt"
	"runtime/debug"
	"unsafe"
)

// switchTo saves the running context in old and resumes new. It returns when
// something switches to old. (The book's name, switch, is a keyword in Go.) The
// collector never sees a switch half done, because Go doesn't preempt a goroutine
// in assembly. The CPU profiler may look at the goroutine there, so SP lies within
// g's bounds at each instruction (see TestCPUProfileOfSwitches).
func switchTo(old, new *Context)

// skip is the first code on a new stack. It calls start, and then guard.
func skip()
func skipPC() uintptr

// marking reports whether the collector is marking the memory in use. It does so
// between the two moments at which it stops the world.
func marking() bool

// getg returns the address of the running goroutine's g.
func getg() unsafe.Pointer

// start is the first Go code on a fiber's stack. Neither a panic nor a Goexit may
// unwind past it, because there is no Go function's frame behind it.
func start() {
	rt := one.Load()
	rt.check()
	if rt.prepared != nil {
		rt.current, rt.prepared = rt.prepared, nil
	}
	f := rt.current
	f.started = true
	returned := false
	defer func() {
		if !returned {
			// Goexit is running the deferred calls. After the last one it would end
			// the goroutine, on the wrong stack, so this one doesn't return.
			rt.failures = append(rt.failures, fmt.Errorf("fiber %d: %w", f.id, ErrGoexit))
			guard()
		}
	}()
	f.protect(rt)
	returned = true
}

// protect runs the fiber's function, and recovers a panic. It doesn't stop a
// Goexit, which continues even after a deferred call has panicked and that panic
// has been recovered.
func (f *fiber) protect(rt *Runtime) {
	defer func() {
		if v := recover(); v != nil {
			rt.failures = append(rt.failures, &PanicError{ID: f.id, Value: v, Stack: debug.Stack()})
		}
	}()
	f.run()
}

// guard ends the running fiber, and leaves its stack for good.
func guard() {
	rt := one.Load()
	f := rt.current
	if f.back == &rt.base {
		rt.alive--
	} else {
		rt.current = nil
	}
	f.state, f.run = Available, nil
	rt.unused = append(rt.unused, f)
	switchTo(&f.context, f.back)
	panic("fiber: a finished fiber was switched to")
}

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
	fb, err := rt.begin(f, back)
	if err != nil {
		return nil, nil, err
	}
	rt.watch()
	rt.prepared = fb
	return &fb.context, unsafe.Slice((*uintptr)(fb.stack), rt.arena.stackSize/8), nil
}
