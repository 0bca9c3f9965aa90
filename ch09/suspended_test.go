package main

import (
	"runtime"
	"sync"
	"testing"

	"ch09/future"
	"ch09/kit"
)

// never is what the coroutines of BenchmarkSuspended wait for.
type never struct{}

func (never) Poll(future.Waker) (string, error) { return "", future.NotReady }

const suspended = 10_000

// suspend fills all with coroutines that have been polled once.
func suspend(all []future.Future[struct{}]) {
	r := new(kit.Requests)
	for i := range all {
		all[i] = countingNever(r)
		all[i].Poll(future.NoopWaker)
	}
}

func dropAll(all []future.Future[struct{}]) {
	for _, f := range all {
		future.Drop(f)
	}
}

// bytesEach is measured once: Go keeps some of what its coroutines were made of, for the next ones.
var bytesEach = sync.OnceValue(func() float64 {
	all := make([]future.Future[struct{}], suspended)
	before := memory()
	suspend(all)
	after := memory()
	dropAll(all)
	return (float64(after) - float64(before)) / suspended
})

// memory returns how many bytes are in use, on the heap and as stacks.
func memory() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// BenchmarkSuspended tells what a coroutine like counting costs while it waits: as a state
// machine or, with -tags stackful, on a stack of its own.
func BenchmarkSuspended(b *testing.B) {
	bytes := bytesEach()
	all := make([]future.Future[struct{}], suspended)
	suspend(all)
	for i := 0; b.Loop(); i++ {
		all[i%suspended].Poll(future.NoopWaker)
	}
	b.ReportMetric(bytes, "bytes/coroutine")
	dropAll(all)
}
