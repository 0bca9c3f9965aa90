package runtime

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"ch10/future"
)

// A PanicError is the result of a task, or of a function of [Blocking], that panicked. Other tasks run
// on.
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
			err = errors.Join(err, fmt.Errorf("drop: %w", &PanicError{r, debug.Stack()}))
			t.r.drop(err)
		}
		if w := t.awaited(); w == nil || w != &theCaller && (rt.closed || !isAlive(w)) { // when rt closes, no task will be told
			t.reported = rt.reportIn(err)
		}
		rt.finish(t)
	}()
	t.r.drop(err)
}

// theCaller of BlockOn waits for its task. It needn't be woken.
var theCaller = future.NewContext(future.NoopWaker)

// discard lets go of the result of a future that is dropped. Any goroutine may call it.
func (rt *Runtime) discard(v any, err error) {
	defer func() {
		if r := recover(); r != nil { // its Close
			rt.report(&PanicError{r, debug.Stack()})
		}
	}()
	rt.reportIn(err)
	future.Discard(v)
}

// reportIn reports the panic in err, if there is one.
func (rt *Runtime) reportIn(err error) bool {
	p, ok := errors.AsType[*PanicError](err)
	if ok {
		rt.report(p)
	}
	return ok
}

// report makes a panic known that is in no result that anybody waits for.
func (rt *Runtime) report(p *PanicError) {
	switch {
	case rt.log != nil:
		rt.logf("a task that nobody waits for panicked: %v\n%s", p.Value, p.Stack)
	case rt.panicked != nil:
		rt.panicked(p)
	default:
		fmt.Fprintf(os.Stderr, "runtime: a task that nobody waits for panicked: %v\n%s", p.Value, p.Stack)
	}
}
