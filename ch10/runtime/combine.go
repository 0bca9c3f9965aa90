package runtime

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ch10/future"
)

// Yield returns a future that is done at its second poll. The tasks that are in the run queue get their polls before.
func Yield() *Yielding { return new(Yielding) }

// A Yielding is the future of a [Yield], exported for futures written by hand, which keep one as a field.
type Yielding struct {
	_     future.Movable
	polls uint8
}

// Begin makes y a future that hasn't been polled. The yield before must be done.
func (y *Yielding) Begin() { y.polls = 0 }

// Poll returns future.NotReady, and nil the second time.
func (y *Yielding) Poll(cx *future.Context) (struct{}, error) {
	switch y.polls++; y.polls {
	case 1:
		yieldNow(cx)
		return struct{}{}, future.NotReady
	case 2:
		return struct{}{}, nil
	}
	panic(future.PolledAfterCompletion)
}

// Current returns a future of the runtime that polls it. Coroutines use it, because they have no
// [future.Context] for [From].
func Current() future.Future[*Runtime] { return &current[*Runtime]{of: From} }

// CurrentContext returns a future of the context.Context of the task that polls it, which ends with
// the task: see [future.Context.Context].
func CurrentContext() future.Future[context.Context] {
	return &current[context.Context]{of: (*future.Context).Context}
}

type current[T any] struct{ of func(*future.Context) T }

func (c *current[T]) Poll(cx *future.Context) (v T, err error) {
	if c.of == nil {
		panic(future.PolledAfterCompletion)
	}
	if !Proceed(cx) {
		return v, future.NotReady
	}
	v, c.of = c.of(cx), nil
	return v, nil
}

// yieldNow wakes cx. If that is the task that is polled, it needn't wake itself: the worker
// knows without any atomic operation.
func yieldNow(cx *future.Context) {
	if t, ok := cx.Waker().(*task); ok && t == t.rt.current {
		t.rt.yielded = true
		return
	}
	cx.Waker().Wake()
}

// Timeout returns a future of f's result. If f isn't done d after the first poll, f is dropped, and
// the error is context.DeadlineExceeded.
func Timeout[T any](d time.Duration, f future.Future[T]) future.Future[T] {
	if f == nil {
		panic("runtime: Timeout of a nil future")
	}
	return &timeout[T]{f: f, d: d}
}

type timeout[T any] struct {
	f     future.Future[T] // nil when it is done
	timer Timer
	d     time.Duration
}

func (t *timeout[T]) Poll(cx *future.Context) (T, error) {
	if t.f == nil {
		panic(future.PolledAfterCompletion)
	}
	v, err := t.f.Poll(cx)
	switch {
	case err != future.NotReady:
		t.f = nil
		t.timer.Stop()
	case !t.timer.IsSet():
		t.timer.Set(cx, t.d)
	case t.timer.Expired(cx):
		t.Drop()
		return v, context.DeadlineExceeded
	}
	return v, err
}

func (t *timeout[T]) Drop() {
	t.timer.Stop()
	if f := t.f; f != nil {
		t.f = nil
		future.Drop(f)
	}
}

// Select returns a future of the result of the first of fs that is done, with or without an error. The
// others are dropped. Each poll begins with fs[0], so of two that are done at once the first one wins.
// If they have used up the budget of a poll ([Proceed]), the next poll begins one further on.
func Select[T any](fs ...future.Future[T]) future.Future[Selected[T]] {
	if len(fs) == 0 {
		panic("runtime: Select of nothing")
	}
	for i, f := range fs {
		if f == nil {
			panic(fmt.Sprintf("runtime: Select: future %d is nil", i))
		}
	}
	return &selecting[T]{fs: slices.Clone(fs)}
}

// A Selected is the result of a [Select].
type Selected[T any] struct {
	Index int // of the future that was first
	Value T   // and its result
	Err   error
}

// Discard makes Selected a [future.Discarder].
func (s Selected[T]) Discard() { future.Discard(s.Value) }

type selecting[T any] struct {
	fs    []future.Future[T]
	first int // to be polled
}

func (s *selecting[T]) Poll(cx *future.Context) (Selected[T], error) {
	if s.fs == nil {
		panic(future.PolledAfterCompletion)
	}
	for k := range s.fs {
		i := (s.first + k) % len(s.fs)
		if v, err := s.fs[i].Poll(cx); err != future.NotReady {
			s.fs[i] = nil
			s.Drop()
			return Selected[T]{i, v, err}, nil
		}
	}
	if t, ok := cx.Task().(*task); !ok || t.rt.steps > 0 {
		s.first = 0
	} else {
		s.first = (s.first + 1) % len(s.fs)
	}
	return Selected[T]{}, future.NotReady
}

func (s *selecting[T]) Drop() {
	defer func() {
		if s.fs != nil { // a Drop has panicked: the others are dropped all the same
			s.Drop()
		}
	}()
	for i, f := range s.fs {
		if f != nil {
			s.fs[i] = nil
			future.Drop(f)
		}
	}
	s.fs = nil
}
