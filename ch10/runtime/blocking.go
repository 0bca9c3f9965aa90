package runtime

import (
	"context"
	"errors"
	"runtime/debug"
	"sync/atomic"

	"ch10/future"
)

// Blocking returns a future of what fn returns, which may block or compute for as long as it likes: it
// runs in a goroutine of its own, from the first poll on. If fn panics, the error is a *PanicError.
//
// Drop ends fn's context, and so does the end of the task. It doesn't wait for fn; Shutdown does.
func Blocking[T any](fn func(context.Context) (T, error)) future.Future[T] {
	return &blocking[T]{fn: fn}
}

type blocking[T any] struct {
	fn     func(context.Context) (T, error) // nil when it has been started
	cancel func()                           // nil before, and when it is over
	waiter atomic.Pointer[future.Context]

	ready atomic.Bool // v and err are there
	v     T
	err   error
}

func (b *blocking[T]) Poll(cx *future.Context) (T, error) {
	b.waiter.Swap(cx) // and then the look at ready; the other side does it the other way round
	switch {
	case b.fn != nil:
		b.start(cx)
	case b.cancel == nil:
		panic(future.PolledAfterCompletion)
	case b.ready.Load():
		b.Drop()
		return b.v, future.Returned(b.err)
	}
	var zero T
	return zero, future.NotReady
}

func (b *blocking[T]) start(cx *future.Context) {
	fn, rt := b.fn, From(cx)
	b.fn = nil
	var ctx context.Context
	ctx, b.cancel = context.WithCancel(cx.Context())
	rt.addBlocking(1)
	go func() {
		defer rt.addBlocking(-1)
		b.err = errors.New("runtime: the function of Blocking ended its goroutine (runtime.Goexit)")
		defer func() {
			if r := recover(); r != nil {
				b.err = &PanicError{r, debug.Stack()}
			}
			b.ready.Swap(true)
			b.waiter.Load().Waker().Wake()
		}()
		b.v, b.err = fn(ctx)
	}()
}

// Drop ends fn's context.
func (b *blocking[T]) Drop() {
	b.fn = nil
	if b.cancel != nil {
		b.cancel()
		b.cancel = nil
	}
}

// addBlocking counts the functions that run.
func (rt *Runtime) addBlocking(n int) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if rt.blocking += n; rt.blocking == 0 && rt.idle != nil {
		close(rt.idle)
		rt.idle = nil
	}
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
