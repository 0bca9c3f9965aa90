package future

import (
	"iter"
	"runtime"
)

// A Co is a coroutine as its body sees it: what Wait needs to put it aside.
type Co struct {
	yield func(struct{}) bool // nil while the body doesn't run
	drop  bool                // the body is being unwound
	again int                 // how often it has waited since then
}

// Async returns a future of what body returns. The body runs when the future is
// polled, up to the first [Wait] for something that isn't ready; the next Poll
// goes on from there. It is the book's coroutine fn, and Rust's async block.
//
// This Async works with any body, and gives it a stack of its own: a coroutine
// (package iter) that is made at the first Poll. corofy writes a state machine
// in its place, with the same behaviour, wherever that can be done.
//
// A body must not return NotReady as its error: its Poll panics then. A panic
// of the body, or of a future that it waits for, comes out of Poll; after that
// the future may still be dropped, but not be polled.
//
// Drop drops the future that the body waits for, and then unwinds the body: the
// calls that it has deferred run, and must not Wait. A future that has been
// polled and isn't polled to its end has to be dropped, or its stack is never
// freed.
func Async[T any](body func(co *Co) (T, error)) Future[T] {
	return &async[T]{body: body}
}

// Wait polls f until it is ready and returns its result: await. Whenever f isn't
// ready, neither is the coroutine. Only the body that co was made for may call
// it, or a function that this calls, and not from another goroutine.
func Wait[T any](co *Co, f Future[T]) (v T, err error) {
	yield := co.yield
	if yield == nil {
		panic("future: Wait outside of its coroutine")
	}
	if co.drop {
		if co.again++; co.again == tooOften {
			runtime.Goexit() // it can't recover from that; see run
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
		if v, err = f.Poll(); err != NotReady {
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

// tooOften is for a body that recovers from every panic and goes on: it would hang its Drop.
const tooOften = 100

// Returned returns err, which a coroutine's body returns, and panics if that is
// NotReady: whoever polls would take it for a promise that there is more to come.
func Returned(err error) error {
	if err == NotReady {
		panic("future: a coroutine returned NotReady")
	}
	return err
}

// unwind is the panic that ends the body of a future that is dropped. It can't be
// runtime.Goexit, which would end the goroutine of whoever called Drop, too.
type unwind struct{}

type async[T any] struct {
	body func(co *Co) (T, error)
	co   Co
	next func() (struct{}, bool) // nil before the first poll
	stop func()
	done bool // also while the body runs, so that it can't be polled from within
	v    T
	err  error
}

func (a *async[T]) Poll() (T, error) {
	if a.done {
		panic(PolledAfterCompletion)
	}
	if a.next == nil {
		a.next, a.stop = iter.Pull(a.run)
	}
	a.done = true
	if _, waits := a.next(); waits {
		a.done = false
		var zero T
		return zero, NotReady
	}
	v, err := a.v, a.err
	*a = async[T]{done: true} // and keeps nothing of what the body had
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
