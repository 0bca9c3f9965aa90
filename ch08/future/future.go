// Package future has futures, values that aren't there yet. A future does
// nothing until it is polled. Its user polls it, and polls it again when it has
// been woken, until Poll returns the value.
//
// The package takes the place of the trait Future and the enum PollState in the book's code. Rust expresses by types
// some things that are convention here. NotReady takes the place of PollState::NotReady, and Drop
// that of the destructor, because Go has none.
//
// Coroutines are futures that [Async] returns. Package corofy rewrites them as state machines, and only the code that it
// writes needs [Returned], [Box], [Defers], [NextRune], the functions [Seq0] to [Seq2], and the types whose names end in Range.
package future

import (
	"errors"
	"fmt"
	"slices"
)

// NotReady is the error that Poll returns until the future has its value. It is to Poll what
// EAGAIN is to read(2). Compare it with ==, and never wrap it.
var NotReady = errors.New("future: not ready")

// A Future is polled by one goroutine at a time. Poll does what it can without
// waiting. It returns NotReady or the result, which is a value or an error other than
// NotReady. After the result Poll must not be called again, and panics if it is.
//
// A future that returns NotReady has arranged that somebody wakes w when another poll is
// worth it. A wake too many does no harm, but without one the future is never polled
// again. Only the w of the last poll counts.
type Future[T any] interface {
	Poll(w Waker) (T, error)
}

// A Waker is the way to ask for another poll of one task. Any goroutine may call Wake, also
// during the poll, more than once, and after the future is done. Wake doesn't block.
//
// Each runtime has its own type of waker, and futures know only this interface.
type Waker interface {
	Wake()
}

// NoopWaker does nothing. A loop that polls without being woken passes it.
var NoopWaker Waker = noopWaker{}

type noopWaker struct{}

func (noopWaker) Wake() {}

// A Dropper is a future that holds something, such as a connection or other
// futures. Drop releases it. The code that polls a future calls Drop if it stops
// polling before the future is done. Drop does nothing on a second call, or when
// the future is done. It is never called during Poll.
type Dropper interface {
	Drop()
}

// Drop calls the method Drop of f if f is a Dropper. Otherwise, also if f is nil, it does nothing.
func Drop[T any](f Future[T]) {
	if d, ok := f.(Dropper); ok {
		d.Drop()
	}
}

// PolledAfterCompletion is the panic value of a Poll called after completion.
const PolledAfterCompletion = "future: polled after completion"

// JoinAll returns a future that is done when all of fs are. Its value has the values
// of fs in their order. Its error joins the errors of those that failed, each with its
// index. The value is complete for the others even then.
func JoinAll[T any](fs ...Future[T]) Future[[]T] {
	for i, f := range fs {
		if f == nil {
			panic(fmt.Sprintf("future: JoinAll: future %d is nil", i))
		}
	}
	return &joinAll[T]{pending: slices.Clone(fs), left: len(fs), values: make([]T, len(fs)), errs: make([]error, len(fs))}
}

type joinAll[T any] struct {
	pending []Future[T] // nil where one is done
	left    int         // number of futures pending; -1 once Poll has returned the result
	values  []T
	errs    []error
}

// Poll polls every pending future, because all share one waker, which doesn't say which of
// them is worth it.
func (j *joinAll[T]) Poll(w Waker) ([]T, error) {
	if j.left < 0 {
		panic(PolledAfterCompletion)
	}
	for i, f := range j.pending {
		if f == nil {
			continue
		}
		v, err := f.Poll(w)
		if err == NotReady {
			continue
		}
		if err != nil {
			err = fmt.Errorf("future %d: %w", i, err)
		}
		j.pending[i], j.values[i], j.errs[i] = nil, v, err
		j.left--
	}
	if j.left > 0 {
		return nil, NotReady
	}
	j.left = -1
	return j.values, errors.Join(j.errs...)
}

// Drop drops the pending futures.
func (j *joinAll[T]) Drop() {
	for i, f := range j.pending {
		if f != nil {
			j.pending[i] = nil
			Drop(f)
		}
	}
	j.left = -1
}
