package runtime

import "ch10/future"

// A waiting is one end of a transfer.
type waiting[T any] struct {
	_             noCopy
	c             *Chan[T]
	v             T // to be sent, or received
	cx            *future.Context
	before, after *waiting[T] // in a waitList
	state         waitState
	shared        bool // c is, so that every other field is read and written with its lock held
}

type waitState uint8

const (
	fresh   waitState = iota
	queued            // in a waitList
	settled           // v has been handed over
	refused           // the channel was closed
	over              // the result has been returned
)

// begin is called before the first step unless c is known to be of the one worker, and reports whether c is shared.
func (w *waiting[T]) begin(cx *future.Context) bool {
	rt := From(cx)
	if w.shared = rt.shared; !w.shared {
		w.c.mu.Lock()
		defer w.c.mu.Unlock()
		w.c.bind(rt)
		w.c.rt = rt
	}
	return w.shared
}

// bind refuses tasks of a second runtime, which would be on another goroutine, and whose Shutdown knows nothing of c.
func (c *Chan[T]) bind(rt *Runtime) {
	if c.root != nil && c.root != rt.root {
		panic("runtime: a Chan is used by two runtimes")
	}
	c.root = rt.root
}

// pollShared is the Poll of both ends where c is shared. All of it is one step for the others: see TestOrdersOfTransfers and
// TestOrdersOfClosing.
func (w *waiting[T]) pollShared(cx *future.Context, start func(*waiting[T])) (v T, err error) {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	if w.state == fresh {
		w.c.bind(From(cx))
		if !Proceed(cx) {
			return v, future.NotReady
		}
		start(w)
	}
	return w.result(cx)
}

// lock is called by the Drop of both ends, before it looks at the state: see TestOrdersOfTransfers.
func (w *waiting[T]) lock() (unlock func()) {
	if !w.shared {
		return func() {}
	}
	w.c.mu.Lock()
	return w.c.mu.Unlock
}

// result is the end of both Polls.
func (w *waiting[T]) result(cx *future.Context) (v T, err error) {
	switch w.state {
	case queued:
		w.cx = cx
		return v, future.NotReady
	case over:
		panic(future.PolledAfterCompletion)
	case refused:
		err = ErrClosed
	case settled:
		v = w.v
	}
	w.end()
	return v, err
}

func (w *waiting[T]) end() {
	var zero T
	w.v, w.cx, w.state = zero, nil, over
}

// A waitList has those who wait, first come, first served.
type waitList[T any] struct{ first, last *waiting[T] }

func (l *waitList[T]) add(w *waiting[T]) {
	w.state, w.before = queued, l.last
	if l.last == nil {
		l.first = w
	} else {
		l.last.after = w
	}
	l.last = w
}

func (l *waitList[T]) remove(w *waiting[T]) {
	if w.before == nil {
		l.first = w.after
	} else {
		w.before.after = w.after
	}
	if w.after == nil {
		l.last = w.before
	} else {
		w.after.before = w.before
	}
	w.before, w.after = nil, nil
}

// settle takes w out, tells it how it ended, and wakes it.
func (l *waitList[T]) settle(rt *Runtime, w *waiting[T], s waitState) {
	l.remove(w)
	w.state = s
	rt.wake(w.cx)
}
