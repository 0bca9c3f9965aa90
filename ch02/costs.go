package main

import (
	"context"
	"flag"
	"iter"
	"sync"
	"time"

	"ch02/bench"
	"ch02/kit"
)

var threadUnits, otherUnits int

func costsFlags(fs *flag.FlagSet) {
	fs.IntVar(&threadUnits, "threads", 1000, "how many threads to measure with")
	fs.IntVar(&otherUnits, "n", 100_000, "how many of every other unit")
}

const (
	minThreads, maxThreads = 10, 8000 // Go itself gives up at 10,000 (debug.SetMaxThreads)
	minUnits, maxUnits     = 1000, 1_000_000
)

// costs makes units of each model; package bench counts and times them.
func costs(_ context.Context, env *kit.Env) error {
	switch {
	case threadUnits < minThreads || threadUnits > maxThreads:
		return kit.Usagef("-threads %d: want a number from %d to %d", threadUnits, minThreads, maxThreads)
	case otherUnits < minUnits || otherUnits > maxUnits:
		return kit.Usagef("-n %d: want a number from %d to %d", otherUnits, minUnits, maxUnits)
	}
	if err := bench.RoomForThreads(threadUnits); err != nil {
		return err
	}
	bench.Run(env.Out, models(threadUnits, otherUnits))
	return nil
}

func models(threads, others int) []*bench.Model {
	return []*bench.Model{
		threadModel("os-threads", threads, onThread,
			"a goroutine locked to its thread, which ends with it; switch: wake the other through a channel and wait"),
		threadModel("green-threads", others, onGoroutine, "goroutines; switch: as with threads"),
		{Name: "callbacks", Units: others, Create: createCallbacks, Swap: swapCallbacks, Wait: waitCallbacks,
			Note: "setTimeout(0) for all units, then run; switch: one callback posts the next; waiting: a timer in the heap"},
		{Name: "promises", Units: others, Create: createPromises, Swap: swapPromises, Wait: waitPromises,
			Note: "resolve one and run its then; switch: one link of a chain of thens, made and run; waiting: pending, with a then"},
		{Name: "coroutines", Units: others, Create: createCoroutines, Swap: swapCoroutines, Wait: waitCoroutines,
			Note: "iter.Pull and run to the end; switch: half of next, which goes there and back; waiting: at a yield"},
	}
}

func threadModel(name string, units int, run func(func()), note string) *bench.Model {
	return &bench.Model{Name: name, Note: note, Units: units,
		Create: func(n int) { createThreads(n, run) },
		Swap:   func(n int) { swapThreads(n, run) },
		Wait:   func(n int) func() { return waitThreads(n, run) },
	}
}

func createThreads(n int, run func(func())) {
	var all sync.WaitGroup
	all.Add(n)
	for range n {
		run(all.Done)
	}
	all.Wait()
}

// swapThreads passes a turn back and forth between two threads. The channels
// have no buffer, so each thread waits for the other every time.
func swapThreads(n int, run func(func())) {
	turn, done := make(chan struct{}), make(chan struct{})
	run(func() {
		for range n / 2 {
			<-turn
			turn <- struct{}{}
		}
		close(done)
	})
	run(func() {
		for range n / 2 {
			turn <- struct{}{}
			<-turn
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

// sink gives the callbacks an effect. Each callback captures its own number,
// because a function that captures nothing takes no memory.
var sink int

var realTime = &kit.Env{Speed: 1}

func createCallbacks(n int) {
	l := newLoop(realTime)
	for i := range n {
		l.setTimeout(0, func() { sink += i })
	}
	l.run()
}

func swapCallbacks(n int) {
	l := newLoop(realTime)
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
	l := newLoop(realTime)
	for i := range n {
		l.setTimeout(time.Hour, func() { sink += i })
	}
	return func() { l.timers = nil }
}

func createPromises(n int) {
	l := newLoop(realTime)
	for i := range n {
		var resolve func(int)
		p := newPromise(l, func(r func(int), _ func(error)) { resolve = r })
		then(p, func(v int) *promise[int] { sink += v; return p })
		resolve(i)
		l.run()
	}
}

func swapPromises(n int) {
	l := newLoop(realTime)
	one := resolved(l, 1)
	p := one
	for range n {
		p = then(p, func(v int) *promise[int] { sink += v; return one })
	}
	l.run()
}

func waitPromises(n int) (end func()) {
	l := newLoop(realTime)
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
	for range n / 2 {
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
