package main

import (
	"iter"
	"sync"
	"time"

	"ch02/kit"
)

// A model knows how to make its units do the three things that are measured.
type model struct {
	name    string
	threads bool // counted by -threads
	note    string

	create func(n int)              // n units that begin and end; returns when all have
	swap   func(n int)              // n times from one unit to another
	wait   func(n int) (end func()) // n units that have begun and wait, until end
}

var models = []model{
	{
		name: "os-threads", threads: true,
		note:   "a goroutine locked to its thread, which ends with it; switch: wake the other through a channel and wait",
		create: func(n int) { createThreads(n, onThread) },
		swap:   func(n int) { swapThreads(n, onThread) },
		wait:   func(n int) func() { return waitThreads(n, onThread) },
	},
	{
		name:   "green-threads",
		note:   "goroutines; switch: as with threads",
		create: func(n int) { createThreads(n, onGoroutine) },
		swap:   func(n int) { swapThreads(n, onGoroutine) },
		wait:   func(n int) func() { return waitThreads(n, onGoroutine) },
	},
	{
		name:   "callbacks",
		note:   "setTimeout(0) for all units, then run; switch: one callback posts the next; waiting: a timer in the heap",
		create: createCallbacks, swap: swapCallbacks, wait: waitCallbacks,
	},
	{
		name:   "promises",
		note:   "resolve one and run its then; switch: one link of a chain of thens, made and run; waiting: pending, with a then",
		create: createPromises, swap: swapPromises, wait: waitPromises,
	},
	{
		name:   "coroutines",
		note:   "iter.Pull and run to the end; switch: half of next, which goes there and back; waiting: at a yield",
		create: createCoroutines, swap: swapCoroutines, wait: waitCoroutines,
	},
}

func createThreads(n int, run func(func())) {
	var all sync.WaitGroup
	all.Add(n)
	for range n {
		run(all.Done)
	}
	all.Wait()
}

// swapThreads hands a turn to and fro between two threads. A channel without a
// buffer makes each wait for the other every time.
func swapThreads(n int, run func(func())) {
	there, back := make(chan struct{}), make(chan struct{})
	turns := (n + 1) / 2
	run(func() {
		for range turns {
			<-there
			back <- struct{}{}
		}
	})
	done := make(chan struct{})
	run(func() {
		defer close(done)
		for range turns {
			there <- struct{}{}
			<-back
		}
	})
	<-done
}

func waitThreads(n int, run func(func())) (end func()) {
	var begun, ended sync.WaitGroup
	gate := make(chan struct{})
	begun.Add(n)
	ended.Add(n)
	for range n {
		run(func() {
			begun.Done()
			<-gate
			ended.Done()
		})
	}
	begun.Wait()
	return func() { close(gate); ended.Wait() }
}

// sink is for the callbacks to have an effect. Each captures its own number: a
// function that captures nothing takes no memory, and is of little use.
var sink int

func createCallbacks(n int) {
	l := newLoop(&kit.Env{Speed: 1})
	for i := range n {
		l.setTimeout(0, func() { sink += i })
	}
	l.run()
}

func swapCallbacks(n int) {
	l := newLoop(&kit.Env{Speed: 1})
	var next func()
	next = func() {
		if n--; n > 0 {
			l.post(next)
		}
	}
	l.post(next)
	l.run()
}

func waitCallbacks(n int) (end func()) {
	l := newLoop(&kit.Env{Speed: 1})
	for i := range n {
		l.setTimeout(time.Hour, func() { sink += i })
	}
	return func() { l.timers = nil }
}

func createPromises(n int) {
	l := newLoop(&kit.Env{Speed: 1})
	for i := range n {
		var resolve func(int)
		p := newPromise(l, func(r func(int), _ func(error)) { resolve = r })
		then(p, func(v int) *promise[int] { sink += v; return p })
		resolve(i)
		l.run()
	}
}

func swapPromises(n int) {
	l := newLoop(&kit.Env{Speed: 1})
	one := resolved(l, 1)
	p := one
	for range n {
		p = then(p, func(v int) *promise[int] { sink += v; return one })
	}
	l.run()
}

func waitPromises(n int) (end func()) {
	l := newLoop(&kit.Env{Speed: 1})
	resolves := make([]func(int), n)
	for i := range n {
		p := newPromise(l, func(r func(int), _ func(error)) { resolves[i] = r })
		then(p, func(v int) *promise[int] { sink += v + i; return p })
	}
	return func() { clear(resolves) }
}

func createCoroutines(n int) {
	for i := range n {
		next, _ := iter.Pull(func(func(int) bool) { sink += i })
		next()
	}
}

func swapCoroutines(n int) {
	next, stop := iter.Pull(func(yield func(int) bool) {
		for yield(0) {
		}
	})
	defer stop()
	for range (n + 1) / 2 {
		next()
	}
}

func waitCoroutines(n int) (end func()) {
	stops := make([]func(), n)
	for i := range n {
		next, stop := iter.Pull(func(yield func(int) bool) { yield(i) })
		next()
		stops[i] = stop
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}
