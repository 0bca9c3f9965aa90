package bench

import (
	"context"
	"errors"
	goruntime "runtime"
	"sync"
	"time"

	"ch10/future"
	"ch10/kit"
	"ch10/runtime"
)

var jobs = []job{
	growing(inTime("spawn", 1_000_000, spawnRace, "tasks that do nothing, spawned by one and finished")),
	inTime("spawn-join", 1_000_000, spawnJoinRace, "the same, and waited for one by one; goroutines: through a channel each"),
	inTime("yield", 2_000_000, yieldRace, "200 tasks take turns; ours: futures by hand; goroutines: runtime.Gosched"),
	inTime("yield-await", 2_000_000, yieldAwaitRace, "the same; ours: coroutines, with a future for each runtime.Yield"),
	inTime("wake", 2_000_000, wakeRace, "as yield, but each task wakes itself through its Waker"),
	inTime("wake-outside", 20_000, wakeOutsideRace, "a goroutine wakes one that waits, and waits itself until that has run; ours: it wakes a task"),
	inTime("ping-pong", 1_000_000, pingPongRace, "two tasks, there and back over channels without a buffer; ours: futures by hand"),
	inTime("ping-pong-await", 1_000_000, pingPongAwaitRace, "the same; ours: coroutines, with a future for each Send and Recv"),
	inTime("channel", 2_000_000, channelRace, "values from one task to another through a buffer of 128"),
	inTime("timers", 1_000_000, timersRace, "1,000 tasks, each sets a timer, steps aside once, and stops it, again and again"),
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

// inTime is a job that takes the time of a race.
func inTime(name string, n int, r race, note string) job {
	return job{name: name, n: n, note: note, units: []unit{{name: "ns"}}, on1P: true, measure: r.inTime}
}

func growing(j job) job {
	j.grows = true
	return j
}

// A race is what both sides do n times.
type race struct {
	ours       func(n int) future.Future[struct{}] // which the runtime is blocked on
	goroutines func(n int)
}

const (
	yielders   = 200  // tasks that take turns
	timerTasks = 1000 // tasks that have a timer each
	buffer     = 128  // of the channel
)

var (
	spawnRace = race{
		ours: func(n int) future.Future[struct{}] { return &crowd{n: n, task: newNoop} },
		goroutines: func(n int) {
			var all sync.WaitGroup
			all.Add(n)
			noop := all.Done // one for all: no allocation for each
			for range n {
				go noop()
			}
			all.Wait()
		},
	}
	spawnJoinRace = race{
		ours: func(n int) future.Future[struct{}] {
			return &joined[struct{}]{n: n, task: func(int) future.Future[struct{}] { return noop{} }}
		},
		goroutines: func(n int) {
			results := make([]chan struct{}, n)
			for i := range results {
				result := make(chan struct{}, 1)
				results[i] = result
				go func() { result <- struct{}{} }()
			}
			for _, result := range results {
				<-result
			}
		},
	}
	yieldRace = race{
		ours:       amongTasks(yielders, func(n int) future.Future[struct{}] { return &yielder{n: n} }),
		goroutines: goschedAll,
	}
	yieldAwaitRace = race{ours: amongTasks(yielders, yields), goroutines: goschedAll}
	wakeRace       = race{
		ours:       amongTasks(yielders, func(n int) future.Future[struct{}] { return &waking{n} }),
		goroutines: goschedAll,
	}
	wakeOutsideRace = race{
		ours:       func(n int) future.Future[struct{}] { return &outside{n: n, polled: make(chan struct{})} },
		goroutines: rally,
	}
	timersRace = race{
		ours: amongTasks(timerTasks, func(n int) future.Future[struct{}] {
			return &repeated{n: n, begin: func() future.Future[struct{}] { return runtime.Timeout(time.Minute, runtime.Yield()) }}
		}),
		goroutines: amongGoroutines(timerTasks, func(n int) {
			for range n {
				timer := time.AfterFunc(time.Minute, func() {})
				goruntime.Gosched()
				timer.Stop()
			}
		}),
	}
	pingPongRace = race{
		ours: func(n int) future.Future[struct{}] {
			there, back := runtime.NewChan[int](0), runtime.NewChan[int](0)
			return both(
				&player{out: there, in: back, step: 0, stride: 1, end: 2 * n},
				&player{out: back, in: there, step: 1, stride: 1, end: 2*n + 1})
		},
		goroutines: rally,
	}
	pingPongAwaitRace = race{
		ours: func(n int) future.Future[struct{}] {
			there, back := runtime.NewChan[int](0), runtime.NewChan[int](0)
			return both(ping(n, there, back), pong(n, there, back))
		},
		goroutines: rally,
	}
	channelRace = race{
		ours: func(n int) future.Future[struct{}] {
			c := runtime.NewChan[int](buffer)
			return both(
				&player{out: c, step: 0, stride: 2, end: 2 * n},
				&player{in: c, step: 1, stride: 2, end: 2*n + 1})
		},
		goroutines: func(n int) {
			c, done := make(chan int, buffer), make(chan struct{})
			go func() {
				for i := range n {
					c <- i
				}
			}()
			go func() {
				defer close(done)
				for range n {
					<-c
				}
			}()
			<-done
		},
	}
)

// goschedAll is what yield, yield-await and wake are compared with.
func goschedAll(n int) {
	amongGoroutines(yielders, func(n int) {
		for range n {
			goruntime.Gosched()
		}
	})(n)
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

// amongTasks has k tasks do n things together.
func amongTasks(k int, work func(n int) future.Future[struct{}]) func(n int) future.Future[struct{}] {
	return func(n int) future.Future[struct{}] {
		return &joined[struct{}]{n: min(k, n), task: func(i int) future.Future[struct{}] { return work(share(n, k, i)) }}
	}
}

// share is the part of n that the i-th of k does.
func share(n, k, i int) int { return (n + k - 1 - i) / k }

func rally(n int) {
	there, back, done := make(chan int), make(chan int), make(chan struct{})
	go func() {
		defer close(done)
		for i := range n {
			there <- i
			<-back
		}
	}()
	go func() {
		for range n {
			back <- <-there
		}
	}()
	<-done
}

func both(a, b future.Future[struct{}]) future.Future[struct{}] {
	return &joined[struct{}]{n: 2, task: func(i int) future.Future[struct{}] { return []future.Future[struct{}]{a, b}[i] }}
}

// inTime measures a race. A third figure is of the goroutines on one P, which is what Go's scheduler calls the
// right to run Go code: there they never wake another thread, as our tasks never do.
func (r race) inTime(ctx context.Context, _ *kit.Env, n int, s side) ([]float64, error) {
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
