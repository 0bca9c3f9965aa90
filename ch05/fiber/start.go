//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"fmt"
	"runtime/debug"
)

// start is the first Go code on a fiber's stack.
func start() {
	rt := one.Load()
	rt.check()
	if rt.prepared != nil {
		rt.current, rt.prepared = rt.prepared, nil
	}
	rt.current.started = true
	rt.current.call(rt)
}

// call runs the fiber's function. Neither a panic nor a Goexit may unwind past it,
// because there is no caller's frame.
func (f *fiber) call(rt *Runtime) {
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
