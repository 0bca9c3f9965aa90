// Package rt is what functions call that a test has made coroutines of.
package rt

import (
	"os"
	"strconv"
	"sync/atomic"

	"ch10/future"
)

var (
	pending int64             // how often a leaf isn't ready
	budget  atomic.Int64      // leaves that wait; all others are ready at once
	dropAt  int64        = -1 // the poll, of all that aren't ready, behind which the coroutine is dropped
	polls   atomic.Int64
)

func init() {
	pending, _ = strconv.ParseInt(os.Getenv("RT_PENDING"), 10, 64)
	budget.Store(20000)
	if n, err := strconv.ParseInt(os.Getenv("RT_DROP"), 10, 64); err == nil {
		dropAt = n
	}
}

type leaf[T any] struct {
	v    T
	n    int64
	done bool
}

func (l *leaf[T]) Poll(*future.Context) (zero T, _ error) {
	if l.done {
		panic(future.PolledAfterCompletion)
	}
	if l.n > 0 {
		l.n--
		return zero, future.NotReady
	}
	l.done = true
	return l.v, nil
}

// L returns a future of v.
func L[T any](v T) future.Future[T] {
	n := pending
	if n > 0 && budget.Add(-1) < 0 {
		n = 0
	}
	return &leaf[T]{v: v, n: n}
}

// V is the value of a wait.
func V[T any](v T, _ error) T { return v }

// Run polls f to its end.
func Run[T any](f future.Future[T]) T {
	cx := future.NewContext(future.NoopWaker)
	for {
		v, err := f.Poll(&cx)
		if err != future.NotReady {
			return v
		}
		if n := polls.Add(1); dropAt >= 0 && n > dropAt {
			dropAt = -1
			future.Drop(f)
			println("dropped")
			os.Exit(7)
		}
	}
}

type T2[A, B any] struct {
	a A
	b B
}

func Mk2[A, B any](a A, b B) T2[A, B] { return T2[A, B]{a, b} }
func (t T2[A, B]) Get() (A, B)        { return t.a, t.b }

type T3[A, B, C any] struct {
	a A
	b B
	c C
}

func Mk3[A, B, C any](a A, b B, c C) T3[A, B, C] { return T3[A, B, C]{a, b, c} }
func (t T3[A, B, C]) Get() (A, B, C)             { return t.a, t.b, t.c }

type T4[A, B, C, D any] struct {
	a A
	b B
	c C
	d D
}

func Mk4[A, B, C, D any](a A, b B, c C, d D) T4[A, B, C, D] { return T4[A, B, C, D]{a, b, c, d} }
func (t T4[A, B, C, D]) Get() (A, B, C, D)                  { return t.a, t.b, t.c, t.d }
