package runtime

import (
	"errors"
	"sync"

	"ch10/future"
)

// ErrClosed is the result of a Send into a channel that is closed, and of a Recv from one that is closed
// and empty.
var ErrClosed = errors.New("runtime: the channel is closed")

// A Chan is a channel between the tasks of one runtime, first come, first served, with a buffer or
// without. A closed Chan gives an error where Go's channel panics on a send, or gives a zero value on
// a receive. With one worker, only the first Send or Recv and Close
// take the channel's lock. With several, each operation does.
//
// Values that are still in the buffer when the runtime is shut down are discarded ([future.Discard]).
type Chan[T any] struct {
	n         int      // how many values it holds without a receiver
	discards  bool     // there is something to do for that
	rt        *Runtime // of one worker; nil: nobody has used the channel, or it is shared by several
	values    deque[T]
	receivers waitList[T]
	senders   waitList[T]
	closed    bool

	mu   sync.Mutex // held during each step if it is shared
	root *Runtime   // whose tasks use it; nil: nobody has
}

// NewChan returns an open channel with a buffer of n values. It panics if n is negative. Any goroutine
// may call it.
func NewChan[T any](n int) *Chan[T] {
	if n < 0 {
		panic("runtime: NewChan: the size is negative")
	}
	return &Chan[T]{n: n, discards: future.CanDiscard[T]()}
}

// Send returns a future that is done when v is in the buffer or a receiver has it, or with
// [ErrClosed]. If the future is dropped before, no receiver gets v.
func (c *Chan[T]) Send(v T) *Sending[T] {
	s := new(Sending[T])
	s.Begin(c, v)
	return s
}

// Recv returns a future of the next value, or of [ErrClosed] once the channel is closed and empty. If
// the future is dropped after a sender has given it a value, the value returns to the front of the
// channel. If several are dropped, their values stand in the order of the drops, the last one first.
func (c *Chan[T]) Recv() *Receiving[T] {
	r := new(Receiving[T])
	r.Begin(c)
	return r
}

// Close ends the channel. Values in its buffer may still be received, and waiting tasks get
// [ErrClosed]. The second call does nothing. Only tasks of the channel's runtime may call Close.
// See TestOrdersOfClosing.
func (c *Chan[T]) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, l := range []*waitList[T]{&c.receivers, &c.senders} {
		for w := l.first; w != nil; w = l.first {
			l.settle(c.rt, w, refused)
		}
	}
}

// counted is called when the number of values has changed.
func (c *Chan[T]) counted() {
	if c.discards {
		c.keep()
	}
}

// keep makes the runtime keep the channel while the channel has values, and no longer.
func (c *Chan[T]) keep() {
	rt := c.root
	if rt.shared {
		rt.mu.Lock()
		defer rt.mu.Unlock()
	}
	if c.values.n > 0 {
		rt.filled[c] = struct{}{}
	} else {
		delete(rt.filled, c)
	}
}

func (c *Chan[T]) discard() {
	for c.values.n > 0 {
		c.root.discard(c.values.popFront(), nil)
	}
}

// A Sending is the future of a [Chan.Send]. It is exported for futures written by hand. They keep one
// as a field and use it again for each value, which saves an allocation.
type Sending[T any] struct {
	_ future.Movable
	w waiting[T]
}

// Begin makes s a future that sends v. The send before must be done.
func (s *Sending[T]) Begin(c *Chan[T], v T) { s.w.c, s.w.v, s.w.state, s.w.shared = c, v, fresh, false }

// Poll returns nil once the value is sent, [ErrClosed], or future.NotReady.
func (s *Sending[T]) Poll(cx *future.Context) (struct{}, error) {
	w := &s.w
	if w.shared || w.state == fresh && w.c.rt != From(cx) && w.begin(cx) {
		_, err := w.pollShared(cx, (*waiting[T]).send)
		return struct{}{}, err
	}
	if w.state == fresh {
		if !w.c.rt.proceed(cx) {
			return struct{}{}, future.NotReady
		}
		w.send()
	}
	_, err := w.result(cx)
	return struct{}{}, err
}

func (w *waiting[T]) send() {
	c := w.c
	switch {
	case c.closed:
		w.state = refused
	case c.receivers.first != nil:
		c.hand(w.v)
		w.state = settled
	case c.values.n < c.n:
		c.values.pushBack(w.v)
		c.counted()
		w.state = settled
	default:
		c.senders.add(w)
	}
}

// hand gives v to the receiver that has waited longest.
func (c *Chan[T]) hand(v T) {
	r := c.receivers.first
	r.v = v
	c.receivers.settle(c.rt, r, settled)
}

// Drop takes the value back, unless a receiver or the buffer has it.
func (s *Sending[T]) Drop() {
	defer s.w.lock()()
	if s.w.state == queued {
		s.w.c.senders.remove(&s.w)
	}
	s.w.end()
}

// A Receiving is the future of a [Chan.Recv], exported for the same reason as [Sending].
type Receiving[T any] struct {
	_ future.Movable
	w waiting[T]
}

// Begin makes r a future of the next value. The receive before must be done.
func (r *Receiving[T]) Begin(c *Chan[T]) { r.w.c, r.w.state, r.w.shared = c, fresh, false }

// Poll returns the value, [ErrClosed], or future.NotReady.
func (r *Receiving[T]) Poll(cx *future.Context) (T, error) {
	w := &r.w
	if w.shared || w.state == fresh && w.c.rt != From(cx) && w.begin(cx) {
		return w.pollShared(cx, (*waiting[T]).receive)
	}
	if w.state == fresh {
		if !w.c.rt.proceed(cx) {
			var zero T
			return zero, future.NotReady
		}
		w.receive()
	}
	return w.result(cx)
}

func (w *waiting[T]) receive() {
	c := w.c
	s := c.senders.first
	switch {
	case c.values.n > 0:
		w.v, w.state = c.values.popFront(), settled
		c.counted()
		if s != nil && c.values.n < c.n {
			c.values.pushBack(s.v)
			c.counted()
			c.senders.settle(c.rt, s, settled)
		}
	case s != nil:
		w.v, w.state = s.v, settled
		c.senders.settle(c.rt, s, settled)
	case c.closed:
		w.state = refused
	default:
		c.receivers.add(w)
	}
}

// Drop returns a value that r has, and that no Poll has returned, to the channel.
func (r *Receiving[T]) Drop() {
	w, c := &r.w, r.w.c
	defer w.lock()()
	switch {
	case w.state == queued:
		c.receivers.remove(w)
	case w.state == settled && c.receivers.first != nil:
		c.hand(w.v)
	case w.state == settled:
		c.values.pushFront(w.v)
		c.counted()
	}
	w.end()
}
