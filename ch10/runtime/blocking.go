package runtime

import (
	"bytes"
	"context"
	"errors"
	"runtime/debug"
	"sync/atomic"

	"ch10/future"
)

// Blocking returns a future of fn's results. From the first poll on, fn runs in a goroutine of its
// own, so it may block or compute. If fn panics, the error is a *[PanicError].
//
// When the future is dropped or its task ends, fn's context ends. Only Shutdown waits for fn. Results
// that come after the drop are discarded.
func Blocking[T any](fn func(context.Context) (T, error)) future.Future[T] {
	if fn == nil {
		panic("runtime: Blocking of a nil function")
	}
	return &blocking[T]{fn: fn}
}

type blocking[T any] struct {
	fn     func(context.Context) (T, error) // nil when it has been started
	rt     *Runtime
	cancel func() // nil before, and when it is over
	waiter atomic.Pointer[future.Context]

	over atomic.Bool // fn has returned, or the future has been dropped: the second of the two has the result
	v    T
	err  error
}

func (b *blocking[T]) Poll(cx *future.Context) (T, error) {
	b.waiter.Swap(cx) // and then the look at over; the other side does it the other way round
	switch {
	case b.fn != nil:
		b.start(cx)
	case b.cancel == nil:
		panic(future.PolledAfterCompletion)
	case b.over.Load():
		b.end()
		v := b.v
		b.v = *new(T) // which is the caller's now
		return v, future.Returned(b.err)
	}
	var zero T
	return zero, future.NotReady
}

func (b *blocking[T]) start(cx *future.Context) {
	fn := b.fn
	b.fn, b.rt = nil, From(cx)
	var ctx context.Context
	ctx, b.cancel = context.WithCancel(cx.Context())
	b.rt.addBlocking(1)
	go b.run(ctx, fn)
}

func (b *blocking[T]) run(ctx context.Context, fn func(context.Context) (T, error)) {
	defer b.rt.addBlocking(-1)
	b.err = errors.New("runtime: the function of Blocking ended its goroutine (runtime.Goexit)")
	defer func() {
		if r := recover(); r != nil {
			b.err = &PanicError{r, debug.Stack()}
		}
		if b.over.Swap(true) {
			b.rt.discard(b.v, b.err)
		} else {
			b.waiter.Load().Waker().Wake()
		}
	}()
	b.v, b.err = fn(ctx)
}

func (b *blocking[T]) end() {
	b.cancel()
	b.cancel = nil
}

// Drop ends fn's context.
func (b *blocking[T]) Drop() {
	b.fn = nil
	if b.cancel == nil {
		return
	}
	if b.end(); b.over.Swap(true) {
		b.rt.discard(b.v, b.err)
	}
}

// addBlocking counts the functions that run.
func (rt *Runtime) addBlocking(n int) {
	rt = rt.root
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if rt.blocking += n; rt.blocking == 0 && rt.idle != nil {
		close(rt.idle)
		rt.idle = nil
	}
}

// isInBlocking reports whether a function of Blocking has called, while rt has some. Only the stack knows.
func (rt *Runtime) isInBlocking() bool {
	rt.mu.Lock()
	n := rt.blocking
	rt.mu.Unlock()
	return n > 0 && bytes.Contains(debug.Stack(), []byte("runtime.(*blocking[...]).run("))
}

// whenIdle returns a channel that is closed when no function runs.
func (rt *Runtime) whenIdle() <-chan struct{} {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if rt.idle != nil {
		return rt.idle
	}
	idle := make(chan struct{})
	if rt.blocking == 0 {
		close(idle)
	} else {
		rt.idle = idle
	}
	return idle
}
