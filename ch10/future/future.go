// Package future has futures: values that aren't there yet. A future does
// nothing by itself. Whoever wants its value polls it, and polls it again when
// it has been woken, until it has one.
//
// It is what the Future trait and PollState are in the book's code. What Rust expresses by types is
// convention here: NotReady takes the place of PollState::NotReady, and Drop
// that of the destructor, which Go hasn't got.
package future

import (
	"errors"
	"io"
	"reflect"
)

// NotReady is what Poll returns until the future has its value: what EAGAIN is to
// read(2). It is compared with ==, and never wrapped.
var NotReady = errors.New("future: not ready")

// A Future is polled by one goroutine at a time. Poll does what can be done
// without waiting. It returns NotReady, or the result: a value, or an error that
// isn't NotReady. After that it must not be called again, and panics.
//
// A future that returns NotReady has seen to it that cx's waker is woken when it is worth
// a try to poll again. It may be woken too often, and never too seldom. Only the cx of
// the last poll counts.
type Future[T any] interface {
	Poll(cx *Context) (T, error)
}

// A Waker tells whoever polls a future to poll it again. Wake may be called from
// any goroutine, also during the poll, more than once, and when the future is done.
// It doesn't block, and calls nothing of the runtime's but what the runtime put into it.
//
// What it is made of doesn't matter here: each runtime has its own.
type Waker interface {
	Wake()
}

// NoopWaker is for those who poll without having to be told.
var NoopWaker Waker = noopWaker{}

type noopWaker struct{}

func (noopWaker) Wake() {}

// A Dropper is a future that holds something: a connection, or futures of
// others. Drop lets go of it. Whoever polls a future calls Drop if it loses
// interest before the future is done. It may be called again, and when the
// future is done, and does nothing then; it is never called during Poll.
type Dropper interface {
	Drop()
}

// Drop drops f, if there is anything to let go of.
func Drop[T any](f Future[T]) {
	if d, ok := f.(Dropper); ok {
		d.Drop()
	}
}

// A Discarder is a result that has other results in it, for [Discard].
type Discarder interface {
	Discard()
}

// Discard lets go of a result that nobody will be told, since the future that has it is dropped: what can be
// closed is closed, and so is what stands in a slice, an array or a [Discarder]. A zero value, as it comes with most
// errors, is nothing to let go of.
func Discard(v any) {
	r := reflect.ValueOf(v)
	if !r.IsValid() || !canDiscard(r.Type()) || r.IsZero() && r.Type().Size() > 0 {
		return
	}
	switch v := v.(type) {
	case Discarder:
		v.Discard()
	case io.Closer:
		v.Close()
	default:
		for i := range r.Len() {
			defer Discard(r.Index(i).Interface()) // if one panics, the others are discarded all the same
		}
	}
}

// CanDiscard reports whether Discard has anything to do for values of type T.
func CanDiscard[T any]() bool { return canDiscard(reflect.TypeFor[T]()) }

func canDiscard(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return t.Implements(discarder) || t.Implements(closer) || canDiscard(t.Elem())
	case reflect.Interface: // it depends on what is in it
		return true
	}
	return t.Implements(discarder) || t.Implements(closer)
}

var discarder, closer = reflect.TypeFor[Discarder](), reflect.TypeFor[io.Closer]()

// PolledAfterCompletion is what a Poll panics with that should not have been.
const PolledAfterCompletion = "future: polled after completion"
