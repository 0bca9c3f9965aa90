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

// call runs the fiber's function. Nothing may unwind past it: there is no frame.
func (f *fiber) call(rt *Runtime) {
	returned := false
	defer func() {
		if !returned {
			// Goexit is running the deferred calls. When the last returns it would
			// end the goroutine, on the wrong stack: so this one doesn't return.
			rt.failures = append(rt.failures, fmt.Errorf("fiber %d: %w", f.id, ErrGoexit))
			guard()
		}
	}()
	f.protect(rt)
	returned = true
}

// protect ends a panic. Not a Goexit, not even one that a deferred call's panic
// has covered up: that goes on when the panic has been recovered.
func (f *fiber) protect(rt *Runtime) {
	defer func() {
		if v := recover(); v != nil {
			rt.failures = append(rt.failures, &PanicError{ID: f.id, Value: v, Stack: debug.Stack()})
		}
	}()
	f.run()
}

// guard is where a fiber ends.
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
