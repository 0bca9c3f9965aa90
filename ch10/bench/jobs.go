package bench

import (
	"context"
	"errors"
	goruntime "runtime"
	"sync"
	"time"

	"ch10/kit"
	"ch10/runtime"
)

var ns = []unit{{name: "ns"}}

var jobs = []job{
	{name: "spawn", n: 1_000_000, units: ns, grows: true, race: race{spawnAll, goAndFinish},
		note: "tasks that do nothing, spawned by one and finished"},
	{name: "spawn-join", n: 1_000_000, units: ns, race: race{spawnAndJoin, goAndReceive},
		note: "the same, and waited for one by one; goroutines: through a channel each"},
	{name: "yield", n: 2_000_000, units: ns, race: race{amongTasks(yielders, newYielder), goschedAll},
		note: "200 tasks take turns; ours: futures by hand; goroutines: runtime.Gosched"},
	{name: "yield-await", n: 2_000_000, units: ns, race: race{amongTasks(yielders, yields), goschedAll},
		note: "the same; ours: coroutines, with a future for each runtime.Yield"},
	{name: "wake", n: 2_000_000, units: ns, race: race{amongTasks(yielders, newWaking), goschedAll},
		note: "as yield, but each task wakes itself through its Waker"},
	{name: "wake-outside", n: 20_000, units: ns, race: race{newOutside, rally},
		note: "a goroutine wakes one that waits, and waits itself until that has run; ours: it wakes a task"},
	{name: "ping-pong", n: 1_000_000, units: ns, race: race{pingPong, rally},
		note: "two tasks, there and back over channels without a buffer; ours: futures by hand"},
	{name: "ping-pong-await", n: 1_000_000, units: ns, race: race{pingPongAwait, rally},
		note: "the same; ours: coroutines, with a future for each Send and Recv"},
	{name: "channel", n: 2_000_000, units: ns, race: race{throughBuffer, goThroughBuffer},
		note: "values from one task to another through a buffer of 128"},
	{name: "timers", n: 1_000_000, units: ns, race: race{amongTasks(timerTasks, setTimers), amongGoroutines(timerTasks, goTimers)},
		note: "1,000 tasks, each sets a timer, steps aside once, and stops it, again and again"},
	{name: "sleepers", n: 1_000_000, measure: sleepers, grows: true, note: "asleep at the same time, in a process of their own",
		units: []unit{{name: "live B"}, {name: "peak B"}, {name: "CPU ns"}}},
	{name: "get", n: 10_000, measure: getsAtOnce(goroutines), atMost: mostConnections,
		units: []unit{{name: "CPU µs"}, {name: "peak MiB"}},
		note:  "GETs of /1000/x at once: CPU of each, memory of all beyond what the process begins with; goroutines: net.Conn"},
	{name: "get-net/http", n: 10_000, measure: getsAtOnce(httpClient), atMost: mostConnections,
		units: []unit{{name: "CPU µs"}, {name: "peak MiB"}}, note: "the same; goroutines: net/http's client"},
	{name: "serve", n: 200_000, measure: served,
		units: []unit{{name: "requests/s", more: true}, {name: "CPU µs"}},
		note:  "128 clients on one thread, keep-alive; CPU of the server for each request; goroutines: net/http's server"},
}

// A race is what both sides do n times.
type race struct {
	ours       func(n int) task // which the runtime is blocked on
	goroutines func(n int)
}

const (
	yielders   = 200  // tasks that take turns
	timerTasks = 1000 // tasks that have a timer each
	buffer     = 128  // of the channel
)

// measure is the time that each takes. A third figure is of the goroutines on one P, which is what Go's scheduler
// calls the right to run Go code. There they never wake another thread, as our tasks never do.
func (r race) measure(ctx context.Context, _ *kit.Env, n int, s side) ([]float64, error) {
	if s == ours {
		rt, err := runtime.New(runtime.Options{})
		if err != nil {
			return nil, err
		}
		ns, err := nsForEach(n, func() error {
			_, err := runtime.BlockOn(ctx, rt, r.ours(n))
			return err
		})
		return ns, errors.Join(err, rt.Shutdown(ctx))
	}
	if s == goroutines1P {
		defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(1))
	}
	return nsForEach(n, func() error { r.goroutines(n); return nil })
}

// nsForEach repeats what is done n times until that has taken long enough for the clock, which on Windows moves once
// in a millisecond.
func nsForEach(n int, run func() error) ([]float64, error) {
	goruntime.GC() // what others have left is not to be collected now
	begin, total := time.Now(), 0
	for {
		if err := run(); err != nil {
			return nil, err
		}
		total += n
		if took := time.Since(begin); took >= 10*time.Millisecond {
			return []float64{float64(took) / float64(total)}, nil
		}
	}
}

// The jobs as goroutines do them.

func goAndFinish(n int) {
	var all sync.WaitGroup
	all.Add(n)
	noop := all.Done // one for all: no allocation for each
	for range n {
		go noop()
	}
	all.Wait()
}

func goAndReceive(n int) {
	results := make([]chan struct{}, n)
	for i := range results {
		result := make(chan struct{}, 1)
		results[i] = result
		go func() { result <- struct{}{} }()
	}
	for _, result := range results {
		<-result
	}
}

func amongGoroutines(k int, work func(n int)) func(n int) {
	return func(n int) {
		var all sync.WaitGroup
		for i := range min(k, n) {
			all.Go(func() { work(share(n, k, i)) })
		}
		all.Wait()
	}
}

// share is the part of n that the i-th of k does.
func share(n, k, i int) int { return (n + k - 1 - i) / k }

var goschedAll = amongGoroutines(yielders, func(n int) {
	for range n {
		goruntime.Gosched()
	}
})

func goTimers(n int) {
	for range n {
		timer := time.AfterFunc(time.Minute, func() {})
		goruntime.Gosched()
		timer.Stop()
	}
}

func rally(n int) {
	there, back := make(chan int), make(chan int)
	go func() {
		for range n {
			back <- <-there
		}
	}()
	amongGoroutines(1, func(n int) {
		for i := range n {
			there <- i
			<-back
		}
	})(n)
}

func goThroughBuffer(n int) {
	c := make(chan int, buffer)
	go func() {
		for i := range n {
			c <- i
		}
	}()
	amongGoroutines(1, func(n int) {
		for range n {
			<-c
		}
	})(n)
}
