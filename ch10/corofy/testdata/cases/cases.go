// Package cases has the coroutines that corofy is tested with. They are built
// three times, and what they do must be the same.
package cases

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"ch10/future"
)

// A World is what one run of a case can see and do.
type World struct {
	pending int // how often each leaf isn't ready
	log     strings.Builder
	drops   strings.Builder // apart: what has panicked may be dropped at once, or when all is
}

// Log notes what happens: the trace. An address is as good as another.
func (w *World) Log(a ...any) {
	fmt.Fprintf(&w.log, "%q; ", address.ReplaceAllString(fmt.Sprintln(a...), "0x"))
}

var address = regexp.MustCompile(`0x[0-9a-f]+`)

// Leaf returns a future of v and err that tells what becomes of it. Frames keep the future itself, because its type is marked
// and shows. Fail hides the type.
func Leaf[T any](w *World, v T, err error) *leaf[T] {
	w.Log("make", v)
	return &leaf[T]{w: w, pending: w.pending, v: v, err: err}
}

func (w *World) Text(v string) *leaf[string]         { return Leaf(w, v, nil) }
func (w *World) Int(v int) *leaf[int]                { return Leaf(w, v, nil) }
func (w *World) Fail(v string) future.Future[string] { return Leaf(w, v, errors.New(v+" failed")) }

// Panic returns a future that isn't ready as often as others, and then panics.
func (w *World) Panic(v string) *leaf[string] {
	return &leaf[string]{w: w, pending: w.pending, v: v, panics: true}
}

type leaf[T any] struct {
	_            future.Movable
	w            *World
	self         *leaf[T] // since the first poll
	pending      int
	v            T
	err          error
	panics, done bool
}

func (l *leaf[T]) Poll(cx *future.Context) (zero T, _ error) {
	if l.done {
		panic(future.PolledAfterCompletion)
	}
	l.stays()
	if l.pending--; l.pending >= 0 {
		l.w.Log("not ready", l.v)
		cx.Waker().Wake()
		return zero, future.NotReady
	}
	l.done = true
	if l.panics {
		panic(fmt.Sprint(l.v, " panics"))
	}
	l.w.Log("ready", l.v)
	return l.v, l.err
}

// stays panics if l has moved since its first poll.
func (l *leaf[T]) stays() {
	if l.self != nil && l.self != l {
		panic(fmt.Sprint("leaf has moved: ", l.v))
	}
	l.self = l
}

func (l *leaf[T]) Drop() {
	if l.w != nil {
		l.stays()
		fmt.Fprintln(&l.w.drops, "drop", address.ReplaceAllString(fmt.Sprint(l.v), "0x"))
	}
}

// must has waits stand inside of expressions.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// All has the cases in the order of their files.
var All []Case

type Case struct {
	Name string
	Make func(w *World) Poller
}

// A Poller is a future whatever its type is.
type Poller interface {
	Poll() (any, error)
	Drop()
}

// noop is for polls by hand.
var noop = new(future.NewContext(future.NoopWaker))

type poller[T any] struct{ future.Future[T] }

func (p poller[T]) Poll() (any, error) { return p.Future.Poll(noop) }
func (p poller[T]) Drop()              { future.Drop(p.Future) }

func add[T any](name string, f func(w *World) future.Future[T]) {
	All = append(All, Case{name, func(w *World) Poller { return poller[T]{f(w)} }})
}

// Run polls each case until it is done, and prints what happened. What follows a ~
// has no meaning where waits don't leave the coroutine.
func Run(out io.Writer) {
	for _, c := range All {
		for _, pending := range []int{0, 1, 3} {
			fmt.Fprintf(out, "=== %s, pending %d\n", c.Name, pending)
			polls := 1
			w := &World{pending: pending}
			f := c.Make(w)
			result := poll(f)
			for ; result == notReady; polls++ {
				result = poll(f)
			}
			fmt.Fprintln(out, w.log.String(), result)
			fmt.Fprintf(out, "~ %d polls, then %s", polls, end(w, f))
			for k := range polls + 1 {
				w := &World{pending: pending}
				f := c.Make(w)
				for range k {
					result = poll(f)
				}
				fmt.Fprintf(out, "~ dropped after %d: %s %s", k, result, end(w, f))
			}
		}
	}
}

const notReady = "not ready"

func poll(f Poller) (result string) {
	defer func() {
		if p := recover(); p != nil {
			result = fmt.Sprint("panic: ", p)
		}
	}()
	v, err := f.Poll()
	if err == future.NotReady {
		return notReady
	}
	return strings.ReplaceAll(fmt.Sprintf("%T %v, %T %v", v, value(v), err, err), "\n", "/") // in one line
}

// end drops f twice, with a poll in between.
func end(w *World, f Poller) string {
	dropped := drop(f)
	again := poll(f)
	f.Drop()
	return fmt.Sprintf("%s%s %s %q\n", dropped, again, w.log.String(), w.drops.String())
}

func drop(f Poller) (result string) {
	defer func() {
		if p := recover(); p != nil {
			result = fmt.Sprint("panic: ", p, ", then ")
		}
	}()
	f.Drop()
	return ""
}

// value returns what a pointer points at, which can be told from another run's.
func value(v any) any {
	if p, ok := v.(*int); ok && p != nil {
		return *p
	}
	return v
}
