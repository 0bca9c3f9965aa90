package bench

import (
	"time"

	"ch10/future"
	"ch10/runtime"
)

// These are the futures of the jobs, written by hand, because the cost of a task is measured here, without the
// cost of a coroutine. Each runs to its end, so there is nothing to drop.

type task = future.Future[struct{}]

// noop is done at once.
type noop struct{}

func (noop) Poll(*future.Context) (struct{}, error) { return struct{}{}, nil }

func spawnAll(n int) task     { return spawned(n, func() task { return noop{} }) }
func spawnAndJoin(n int) task { return &joined[struct{}]{n: n, task: func(int) task { return noop{} }} }

// joined spawns n tasks, and is done when all are. If it watches none but the last of them, it is done
// when all have been polled, because new tasks are polled in their order.
type joined[T any] struct {
	n        int
	task     func(i int) future.Future[T]
	lastOnly bool
	anywhere bool // any worker may have them
	handles  []*runtime.JoinHandle[T]
}

// spawned is done when n tasks have been polled.
func spawned(n int, begin func() task) task {
	return &joined[struct{}]{n: n + 1, lastOnly: true, task: func(i int) task {
		if i < n {
			return begin()
		}
		return noop{}
	}}
}

// amongTasks has k tasks do n things together.
func amongTasks(k int, work func(n int) task) func(n int) task {
	return func(n int) task {
		return &joined[struct{}]{n: min(k, n), task: func(i int) task { return work(share(n, k, i)) }}
	}
}

func both(a, b task) task {
	return &joined[struct{}]{n: 2, task: func(i int) task { return []task{a, b}[i] }}
}

func (j *joined[T]) Poll(cx *future.Context) (struct{}, error) {
	if j.handles == nil {
		if !j.lastOnly {
			j.handles = make([]*runtime.JoinHandle[T], 0, j.n)
		}
		for i := range j.n {
			if j.anywhere {
				j.handles = append(j.handles, runtime.Spawn(runtime.From(cx), j.task(i)))
			} else if h := runtime.SpawnHere(cx, j.task(i)); !j.lastOnly || i == j.n-1 {
				j.handles = append(j.handles, h)
			}
		}
	}
	for ; len(j.handles) > 0; j.handles = j.handles[1:] {
		if _, err := j.handles[0].Poll(cx); err != nil {
			return struct{}{}, err
		}
		j.handles[0] = nil
	}
	return struct{}{}, nil
}

// computing is done at once, too, but not soon.
type computing struct{}

const computeTime = 50 * time.Microsecond

func (computing) Poll(*future.Context) (struct{}, error) {
	compute(computeTime)
	return struct{}{}, nil
}

// compute keeps a processor of some 3 GHz busy for about d. The steps are the same on all sides, whatever they take.
//
//go:noinline
func compute(d time.Duration) uint64 {
	x := uint64(1)
	for range d / 2 { // each step takes 2 ns
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

func computeAll(n int) task {
	return &joined[struct{}]{n: n, anywhere: true, task: func(int) task { return computing{} }}
}

// yielder yields n times.
type yielder struct {
	n int
	y runtime.Yielding
}

func newYielder(n int) task { return &yielder{n: n} }

func (y *yielder) Poll(cx *future.Context) (struct{}, error) {
	for ; y.n > 0; y.n-- {
		if _, err := y.y.Poll(cx); err != nil {
			return struct{}{}, err
		}
		y.y.Begin()
	}
	return struct{}{}, nil
}

// waking wakes itself n times.
type waking struct{ n int }

func newWaking(n int) task { return &waking{n} }

func (w *waking) Poll(cx *future.Context) (struct{}, error) {
	if w.n == 0 {
		return struct{}{}, nil
	}
	w.n--
	cx.Waker().Wake()
	return struct{}{}, future.NotReady
}

// outside is woken n times by a goroutine, which waits for each of the polls.
type outside struct {
	n      int
	polled chan struct{} // nil before the first poll
}

func newOutside(n int) task { return &outside{n: n} }

func (o *outside) Poll(cx *future.Context) (struct{}, error) {
	if o.polled == nil {
		o.polled = make(chan struct{})
		go func() {
			for range o.polled {
				cx.Waker().Wake()
			}
		}()
	}
	if o.n == 0 {
		close(o.polled)
		return struct{}{}, nil
	}
	o.n--
	o.polled <- struct{}{}
	return struct{}{}, future.NotReady
}

// A player sends at even steps, and receives at odd ones.
type player struct {
	out, in   *runtime.Chan[int]
	sending   runtime.Sending[int]
	receiving runtime.Receiving[int]
	begun     bool

	step, stride, end int
}

func pingPong(n int) task {
	there, back := runtime.NewChan[int](0), runtime.NewChan[int](0)
	return both(
		&player{out: there, in: back, step: 0, stride: 1, end: 2 * n},
		&player{out: back, in: there, step: 1, stride: 1, end: 2*n + 1})
}

func pingPongAwait(n int) task {
	there, back := runtime.NewChan[int](0), runtime.NewChan[int](0)
	return both(ping(n, there, back), pong(n, there, back))
}

func throughBuffer(n int) task {
	c := runtime.NewChan[int](buffer)
	return both(
		&player{out: c, step: 0, stride: 2, end: 2 * n},
		&player{in: c, step: 1, stride: 2, end: 2*n + 1})
}

func (p *player) Poll(cx *future.Context) (struct{}, error) {
	for ; p.step < p.end; p.step += p.stride {
		var err error
		if p.step%2 == 0 {
			if !p.begun {
				p.sending.Begin(p.out, p.step)
			}
			_, err = p.sending.Poll(cx)
		} else {
			if !p.begun {
				p.receiving.Begin(p.in)
			}
			_, err = p.receiving.Poll(cx)
		}
		if p.begun = err != nil; p.begun {
			return struct{}{}, err
		}
	}
	return struct{}{}, nil
}
