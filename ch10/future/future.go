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
	"io"
	"reflect"
)

// NotReady is the error that Poll returns until the future has its value. It is to Poll what
// EAGAIN is to read(2). Compare it with ==, and never wrap it.
var NotReady = errors.New("future: not ready")

// A Future is polled by one goroutine at a time. Poll does what it can without
// waiting. It returns NotReady or the result, which is a value or an error other than
// NotReady. After the result Poll must not be called again, and panics if it is.
//
// A future that returns NotReady has arranged that somebody wakes cx's waker when another
// poll is worth it. A wake too many does no harm, but without one the future is never polled
// again. Only the cx of the last poll counts.
type Future[T any] interface {
	Poll(cx *Context) (T, error)
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

// Movable marks the struct type of a leaf future, as a field without a name:
//
//	type Yielding struct {
//		_     future.Movable
//		polls uint8
//	}
//
// The mark is a promise of the package that declares the type. Its functions that return a *Yielding return a new one, never
// nil, and keep no pointer to it or into it. So until its first Poll a Yielding may be copied, and the copy polled in its
// place. From then until it is done or dropped its address must hold. Drop of a zero Yielding does nothing.
//
// corofy copies such a future into the frame of the coroutine that waits for it, so the wait allocates nothing. If a function
// breaks the promise and returns nil, that copy panics, as the poll would.
type Movable struct{}

// A Discarder is a result with other results in it. Its method Discard discards them.
type Discarder interface {
	Discard()
}

// Discard releases v, a result that nobody takes because its future has been dropped. It calls Discard if v is a
// [Discarder], closes an [io.Closer], and discards the elements of a slice or an array. It does nothing with a
// zero value, which most errors come with.
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

// PolledAfterCompletion is the panic value of a Poll called after completion.
const PolledAfterCompletion = "future: polled after completion"
