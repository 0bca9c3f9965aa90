package future

import (
	"iter"
	"runtime"
)

// A Co stands for a coroutine in its body. Wait needs it to suspend the coroutine.
type Co struct {
	yield func(struct{}) bool // nil while the body doesn't run
	drop  bool                // the body is being unwound
	again int                 // number of its calls of Wait since then
	waker Waker               // of the last poll
}

// Async returns a future of body's results. A poll runs the body up to the first
// [Wait] for something that isn't ready, and the next poll continues from there.
// Async takes the place of the book's coroutine fn and of Rust's async block.
//
// This Async works with any body. The first Poll makes a coroutine of package iter,
// which gives the body a stack of its own. corofy writes a state machine in its
// place, with the same behaviour, wherever it can.
//
// A body must not return NotReady as its error, or Poll panics. Poll also passes on a
// panic of the body, or of a future that the body waits for. After that
// the future may still be dropped, but not polled.
//
// Drop drops the future that the body waits for, and then unwinds the body. The
// deferred calls of the body run, and must not Wait. A future that has been
// polled, but not to its end, has to be dropped, or its stack is never
// freed.
func Async[T any](body func(co *Co) (T, error)) Future[T] {
	return &async[T]{body: body}
}

// Wait polls f until f is ready, and returns its result. It is the await of other
// languages. While f isn't ready, neither is the coroutine. Only the body that co was made
// for may call Wait, or a function that the body calls, and not from another goroutine.
func Wait[T any](co *Co, f Future[T]) (v T, err error) {
	yield := co.yield
	if yield == nil {
		panic("future: Wait outside of its coroutine")
	}
	if co.drop {
		if co.again++; co.again == tooOften {
			runtime.Goexit() // the body can't recover from that; see run
		}
		panic("future: Wait during Drop")
	}
	ready := false
	defer func() {
		if !ready { // the body is being unwound: a Drop, or a panic of f
			Drop(f)
		}
	}()
	for {
		if v, err = f.Poll(co.waker); err != NotReady {
			ready = true
			return v, err
		}
		co.yield = nil
		goOn := yield(struct{}{})
		co.yield = yield
		if !goOn {
			panic(unwind{})
		}
	}
}

// tooOften bounds the calls of Wait during Drop. A body that recovers from every panic and
// continues would otherwise hang its Drop.
const tooOften = 100

// Returned returns err, the error of a coroutine's body. It panics if err is NotReady,
// because the caller of Poll would wait for a value that never comes.
func Returned(err error) error {
	if err == NotReady {
		panic("future: a coroutine returned NotReady")
	}
	return err
}

// unwind is the panic that ends the body of a dropped future. runtime.Goexit
// would also end the goroutine that called Drop.
type unwind struct{}

type async[T any] struct {
	body func(co *Co) (T, error)
	co   Co
	next func() (struct{}, bool) // nil before the first poll
	stop func()
	done bool // also true while the body runs, so that the body can't poll its own future
	v    T
	err  error
}

func (a *async[T]) Poll(w Waker) (T, error) {
	if a.done {
		panic(PolledAfterCompletion)
	}
	if a.next == nil {
		a.next, a.stop = iter.Pull(a.run)
	}
	a.done, a.co.waker = true, w
	if _, waits := a.next(); waits {
		a.done = false
		var zero T
		return zero, NotReady
	}
	v, err := a.v, a.err
	*a = async[T]{done: true} // keeps nothing of the body alive
	return v, Returned(err)
}

// run is the coroutine.
func (a *async[T]) run(yield func(struct{}) bool) {
	a.co.yield = yield
	defer func() {
		a.co.yield = nil
		if !a.co.drop {
			return
		}
		if a.co.again >= tooOften {
			panic("future: the body of a coroutine goes on after it has been dropped: it recovers from every panic")
		}
		if r := recover(); r != nil && r != (unwind{}) {
			panic(r)
		}
	}()
	a.v, a.err = a.body(&a.co)
}

// Drop unwinds the body.
func (a *async[T]) Drop() {
	if a.done {
		return
	}
	a.done = true
	if a.next != nil {
		a.co.drop = true
		a.stop()
	}
	*a = async[T]{done: true}
}
