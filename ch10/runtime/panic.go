package runtime

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// A PanicError is the result of a task that panicked. The others run on.
type PanicError struct {
	Value any    // what the task panicked with
	Stack []byte // where, as runtime/debug.Stack prints it
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// recover ends a task whose poll hasn't returned, because it panicked or ended the goroutine.
func (rt *Runtime) recover() {
	t := rt.current
	if t == nil {
		return
	}
	rt.current = nil
	if r := recover(); r != nil {
		rt.abandon(t, &PanicError{r, debug.Stack()})
	} else {
		rt.abandon(t, errors.New("runtime: the task ended its goroutine (runtime.Goexit)"))
	}
}

// abandon drops a task, and makes err its result.
func (rt *Runtime) abandon(t *task, err error) {
	defer func() {
		if r := recover(); r != nil {
			t.r.drop(errors.Join(err, fmt.Errorf("drop: %w", &PanicError{r, debug.Stack()})))
		}
		rt.finish(t)
	}()
	t.r.drop(err)
}
