package bench

import (
	"ch10/future"
	"ch10/runtime"
)

// These are the futures of the jobs, written by hand: what a task costs is measured, and not what a
// coroutine adds. Each runs to its end, so there is nothing to drop.

// noop is done at once.
type noop struct{}

func (noop) Poll(*future.Context) (struct{}, error) { return struct{}{}, nil }

func newNoop() future.Future[struct{}] { return noop{} }

// A crowd spawns n tasks, and is done when each has been polled. New tasks are polled in
// their order: one more comes last.
type crowd struct {
	n    int
	task func() future.Future[struct{}]
	last *runtime.JoinHandle[struct{}]
}

func (c *crowd) Poll(cx *future.Context) (struct{}, error) {
	if c.last == nil {
		rt := runtime.From(cx)
		for range c.n {
			runtime.Spawn(rt, c.task())
		}
		c.last = runtime.Spawn[struct{}](rt, noop{})
	}
	return c.last.Poll(cx)
}

// joined spawns n tasks, and is done when all are.
type joined[T any] struct {
	n       int
	task    func(i int) future.Future[T]
	handles []*runtime.JoinHandle[T]
	done    int
}

func (j *joined[T]) Poll(cx *future.Context) (struct{}, error) {
	if j.handles == nil {
		j.handles = make([]*runtime.JoinHandle[T], j.n)
		for i := range j.handles {
			j.handles[i] = runtime.Spawn(runtime.From(cx), j.task(i))
		}
	}
	for ; j.done < j.n; j.done++ {
		if _, err := j.handles[j.done].Poll(cx); err != nil {
			return struct{}{}, err
		}
		j.handles[j.done] = nil
	}
	return struct{}{}, nil
}

// repeated waits for n futures, one after the other.
type repeated struct {
	n     int
	begin func() future.Future[struct{}]
	f     future.Future[struct{}]
}

func (r *repeated) Poll(cx *future.Context) (struct{}, error) {
	for ; r.n > 0; r.n-- {
		if r.f == nil {
			r.f = r.begin()
		}
		if _, err := r.f.Poll(cx); err != nil {
			return struct{}{}, err
		}
		r.f = nil
	}
	return struct{}{}, nil
}

// yielder yields n times.
type yielder struct {
	n int
	y runtime.Yielding
}

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
	begun  bool
	polled chan struct{}
}

func (o *outside) Poll(cx *future.Context) (struct{}, error) {
	if !o.begun {
		o.begun = true
		go func() {
			for range o.n {
				cx.Waker().Wake()
				<-o.polled
			}
		}()
		return struct{}{}, future.NotReady
	}
	o.polled <- struct{}{}
	if o.n--; o.n > 0 {
		return struct{}{}, future.NotReady
	}
	return struct{}{}, nil
}

// A player sends at even steps, and receives at odd ones.
type player struct {
	out, in   *runtime.Chan[int]
	sending   runtime.Sending[int]
	receiving runtime.Receiving[int]
	begun     bool

	step, stride, end int
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
