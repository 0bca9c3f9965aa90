// Package bench measures the cost of coroutines that wait.
package bench

import (
	"runtime"
	"time"

	"ch07/future"
)

// A Cost is the cost of one coroutine. Bytes counts its heap and stack while it waits, First is the time
// to make it and poll it for the first time, and Poll the time of each later poll.
type Cost struct {
	Bytes       int64
	First, Poll time.Duration
}

// Never is a future that is never ready.
type Never struct{}

func (Never) Poll() (int, error) { return 0, future.NotReady }

// Weigh makes n coroutines that wait, and returns the mean of their costs.
func Weigh(n int, suspend func(future.Future[int]) future.Future[int]) (c Cost) {
	const rounds = 20 // of later polls
	all := make([]future.Future[int], n)
	before, begin := memory(), time.Now()
	for i := range all {
		all[i] = suspend(Never{})
		all[i].Poll()
	}
	c.First = time.Since(begin) / time.Duration(n)
	c.Bytes = max(0, memory()-before) / int64(n)
	begin = time.Now()
	for range rounds {
		for _, f := range all {
			f.Poll()
		}
	}
	c.Poll = time.Since(begin) / time.Duration(n*rounds)
	for _, f := range all {
		future.Drop(f)
	}
	return c
}

// memory returns how many bytes are in use, on the heap and as stacks.
func memory() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
