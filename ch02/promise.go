package main

import "time"

// A promise represents a value that doesn't exist yet. It is pending until it
// is settled, that is, resolved with a value or rejected with an error. The
// first of these calls counts. Only the loop's thread uses a promise.
type promise[T any] struct {
	loop      *loop
	settled   bool
	value     T
	err       error
	reactions []func() // posted when the promise is settled
}

// newPromise calls start at once. start begins an operation, and keeps resolve
// and reject to call one of them at its end.
func newPromise[T any](l *loop, start func(resolve func(T), reject func(error))) *promise[T] {
	p := &promise[T]{loop: l}
	start(func(v T) { p.settle(v, nil) }, func(err error) { var zero T; p.settle(zero, err) })
	return p
}

func (p *promise[T]) settle(v T, err error) {
	if p.settled {
		return
	}
	p.settled, p.value, p.err = true, v, err
	for _, f := range p.reactions {
		p.loop.post(f)
	}
	p.reactions = nil
}

// react arranges that the loop calls f once p is settled. f never runs before
// react has returned, even if p is settled already, so callers see one order.
func (p *promise[T]) react(f func()) {
	if p.settled {
		p.loop.post(f)
		return
	}
	p.reactions = append(p.reactions, f)
}

// then returns a promise for the value of the promise that f returns, so calls
// of then make a chain. The loop calls f once p is resolved. An error skips f
// and goes down the chain. then is a function because a method in Go can't
// have a type parameter.
func then[T, U any](p *promise[T], f func(T) *promise[U]) *promise[U] {
	q := &promise[U]{loop: p.loop}
	p.react(func() {
		if p.err != nil {
			q.settle(q.value, p.err)
			return
		}
		next := f(p.value)
		next.react(func() { q.settle(next.value, next.err) })
	})
	return q
}

// catch arranges that the loop calls f if p is rejected. JavaScript warns of
// an error that nobody catches; here it is lost.
func (p *promise[T]) catch(f func(error)) {
	p.react(func() {
		if p.err != nil {
			f(p.err)
		}
	})
}

// resolved returns a promise that has its value already.
func resolved[T any](l *loop, v T) *promise[T] {
	return &promise[T]{loop: l, settled: true, value: v}
}

// after returns a promise that resolves when d is over, to the book's time.
func after(l *loop, d time.Duration) *promise[time.Duration] {
	return newPromise(l, func(resolve func(time.Duration), _ func(error)) {
		l.setTimeout(d, func() { resolve(l.now) })
	})
}
