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

var (
	ns       = []string{"ns"}
	ofClient = []string{"CPU µs", "peak MiB"}
	ofServer = []string{perSecond, "CPU µs"}

	aWorkerEach = goruntime.GOMAXPROCS(0) // for each P
)

var jobs = []job{
	{name: "spawn", n: 1_000_000, units: ns, grows: true, race: race{spawnAll, goEach(func() {})},
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
	{name: "compute", n: 10_000, units: ns, race: race{computeAll, goCompute},
		note: "tasks of about 50 µs that don't wait; ours: one worker"},
	{name: "compute-workers", n: 10_000, units: ns, race: race{computeAll, goCompute}, order: order{Workers: aWorkerEach},
		note: "the same; ours: a worker for each P"},
	{name: "sleepers", n: 1_000_000, units: []string{"live B", "peak B", "CPU ns"}, grows: true,
		measure: inChild, order: order{Work: "waiters", Sleep: true}, note: "asleep at the same time, in a process of their own"},
	{name: "get", n: 10_000, units: ofClient, most: mostConnections, measure: gets, order: order{Work: "get"},
		note: "GETs of /1000/x at once: CPU of each, memory of all beyond what the process begins with; goroutines: net.Conn"},
	{name: "get-net/http", n: 10_000, units: ofClient, most: mostConnections, measure: gets, order: order{Work: "get", Side: httpClient},
		note: "the same; goroutines: net/http's client"},
	{name: "get-loop", n: 10_000, units: ofClient, most: mostConnections, measure: gets, order: order{Work: "get", Side: loop},
		note: "the same; in place of goroutines: a loop over an event queue that makes the same system calls"},
	{name: "serve", n: 200_000, units: ofServer, measure: served, order: order{Work: "server"},
		note: "128 clients on one thread, keep-alive; CPU of the server for each request; goroutines: net/http's server"},
	{name: "serve-loop", n: 200_000, units: ofServer, measure: served, order: order{Work: "server", Side: loop},
		note: "the same; in place of goroutines: a loop over an event queue that reads, and writes a constant"},
	{name: "serve-compute", n: 50_000, units: ofServer, measure: served, order: order{Work: "server", Compute: serveTime},
		note: "as serve, but each request takes some 20 µs more of CPU; ours: one worker"},
	{name: "serve-compute-workers", n: 50_000, units: ofServer, measure: served, order: order{Work: "server", Compute: serveTime, Workers: aWorkerEach},
		note: "the same; ours: a worker for each P"},
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
	serveTime  = 20 * time.Microsecond
)

// measure is the time that each takes. A third figure is of the goroutines on one P, which is what Go's scheduler
// calls the right to run Go code. There they never wake another thread, as our tasks never do.
func (r race) measure(ctx context.Context, _ *kit.Env, o order) ([]float64, error) {
	if o.Side == ours {
		return withRuntime(o, func(rt *runtime.Runtime) ([]float64, error) {
			return nsForEach(o.N, func() error {
				_, err := runtime.BlockOn(ctx, rt, r.ours(o.N))
				return err
			})
		})
	}
	if o.Side == goroutines1P {
		defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(1))
	}
	return nsForEach(o.N, func() error { r.goroutines(o.N); return nil })
}

func withRuntime[T any](o order, do func(*runtime.Runtime) (T, error)) (v T, err error) {
	rt, err := runtime.New(runtime.Options{Workers: o.Workers})
	if err != nil {
		return v, err
	}
	v, err = do(rt)
	return v, errors.Join(err, rt.Shutdown(context.Background()))
}

// nsForEach repeats what is done n times until that has taken long enough for the clock, which on Windows moves once
// in a millisecond.
func nsForEach(n int, run func() error) ([]float64, error) {
	goruntime.GC() // what others have left is not to be collected now
	begin := time.Now()
	for total := n; ; total += n {
		if err := run(); err != nil {
			return nil, err
		}
		if took := time.Since(begin); took >= 10*time.Millisecond {
			return []float64{float64(took) / float64(total)}, nil
		}
	}
}

// The jobs as goroutines do them.

func goEach(work func()) func(n int) {
	return func(n int) {
		var all sync.WaitGroup
		all.Add(n)
		worker := func() { // one for all: no allocation for each
			work()
			all.Done()
		}
		for range n {
			go worker()
		}
		all.Wait()
	}
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

var goCompute = goEach(func() { compute(computeTime) })

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
	for i := range n {
		there <- i
		<-back
	}
}

func goThroughBuffer(n int) {
	c := make(chan int, buffer)
	go func() {
		for i := range n {
			c <- i
		}
	}()
	for range n {
		<-c
	}
}
