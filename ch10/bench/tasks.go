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
func computeAll(n int) task {
	return &joined[struct{}]{n: n, anywhere: true, task: func(int) task { return computing{} }}
}

// joined spawns n tasks, and is done when those are that it watches. Tasks are polled in the order in which they
// were spawned, so when the last is done all have been polled.
type joined[T any] struct {
	n         int
	task      func(i int) future.Future[T]
	unwatched int  // so many of the first
	anywhere  bool // any worker may have them
	handles   []*runtime.JoinHandle[T]
}

// spawned is done when n tasks have been polled.
func spawned(n int, begin func() task) task {
	return &joined[struct{}]{n: n + 1, unwatched: n, task: func(i int) task {
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

func (j *joined[T]) Poll(cx *future.Context) (none struct{}, err error) {
	if j.handles == nil {
		j.handles = make([]*runtime.JoinHandle[T], 0, j.n-j.unwatched)
		for i := range j.n {
			var h *runtime.JoinHandle[T]
			if j.anywhere {
				h = runtime.Spawn(runtime.From(cx), j.task(i))
			} else {
				h = runtime.SpawnHere(cx, j.task(i))
			}
			if i >= j.unwatched {
				j.handles = append(j.handles, h)
			}
		}
	}
	for ; len(j.handles) > 0; j.handles = j.handles[1:] {
		if _, err = j.handles[0].Poll(cx); err != nil {
			return none, err
		}
		j.handles[0] = nil
	}
	return none, nil
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

// waking is woken n times, by itself or by a goroutine, which waits for each of the polls.
type waking struct {
	n      int
	polled chan *future.Context // nil: by itself
}

func newWaking(n int) task { return &waking{n: n} }

func newOutside(n int) task {
	w := &waking{n, make(chan *future.Context)}
	go func() {
		for cx := range w.polled {
			cx.Waker().Wake()
		}
	}()
	return w
}

func (w *waking) Poll(cx *future.Context) (none struct{}, _ error) {
	switch w.n--; {
	case w.n < 0:
		if w.polled != nil {
			close(w.polled)
		}
		return none, nil
	case w.polled != nil:
		w.polled <- cx
	default:
		cx.Waker().Wake()
	}
	return none, future.NotReady
}

// A player sends at even steps, and receives at odd ones.
type player struct {
	out, in   *runtime.Chan[int]
	sending   runtime.Sending[int]
	receiving runtime.Receiving[int]

	step, stride, end int
}

func newPlayer(out, in *runtime.Chan[int], step, stride, end int) *player {
	p := &player{out: out, in: in, step: step, stride: stride, end: end}
	p.begin()
	return p
}

func pingPong(n int) task {
	there, back := runtime.NewChan[int](0), runtime.NewChan[int](0)
	return both(newPlayer(there, back, 0, 1, 2*n), newPlayer(back, there, 1, 1, 2*n+1))
}

func pingPongAwait(n int) task {
	there, back := runtime.NewChan[int](0), runtime.NewChan[int](0)
	return both(ping(n, there, back), pong(n, there, back))
}

func throughBuffer(n int) task {
	c := runtime.NewChan[int](buffer)
	return both(newPlayer(c, nil, 0, 2, 2*n), newPlayer(nil, c, 1, 2, 2*n+1))
}

func (p *player) begin() {
	if p.step%2 == 0 {
		p.sending.Begin(p.out, p.step)
	} else {
		p.receiving.Begin(p.in)
	}
}

func (p *player) Poll(cx *future.Context) (none struct{}, err error) {
	for p.step < p.end {
		if p.step%2 == 0 {
			_, err = p.sending.Poll(cx)
		} else {
			_, err = p.receiving.Poll(cx)
		}
		if err != nil {
			return none, err
		}
		p.step += p.stride
		p.begin()
	}
	return none, nil
}
