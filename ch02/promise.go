package main

import "time"

// A promise stands for a value that isn't there yet. It's pending until it is
// resolved with a value or rejected with an error, once; later calls change
// nothing. Everything happens on the loop's thread.
type promise[T any] struct {
	loop      *loop
	settled   bool
	value     T
	err       error
	reactions []func() // called when it's settled
}

// newPromise calls start at once. start begins an operation and keeps one of
// the two functions for the end of it.
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

// react has f called once p is settled: never before react has returned, even
// if p is settled already. Callers can rely on one order.
func (p *promise[T]) react(f func()) {
	if p.settled {
		p.loop.post(f)
		return
	}
	p.reactions = append(p.reactions, f)
}

// then has f called with p's value and returns a promise for what f's promise
// will give: that is what makes a chain. An error goes past f, down the chain.
// It's a function, since a method in Go can't have a type parameter.
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

// catch has f called with p's error, if it comes to one. JavaScript warns of an
// error that nobody catches; here it is lost.
func (p *promise[T]) catch(f func(error)) {
	p.react(func() {
		if p.err != nil {
			f(p.err)
		}
	})
}

// resolved returns a promise that is kept already.
func resolved[T any](l *loop, v T) *promise[T] {
	return &promise[T]{loop: l, settled: true, value: v}
}

// after promises the book's time when d is over.
func after(l *loop, d time.Duration) *promise[time.Duration] {
	return newPromise(l, func(resolve func(time.Duration), _ func(error)) {
		l.setTimeout(d, func() { resolve(l.now) })
	})
}
