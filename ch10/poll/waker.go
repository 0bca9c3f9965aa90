package poll

import (
	"errors"
	"fmt"
	"sync"
)

// A Waker makes [Poll.Poll] return from another thread. The thread that sits
// in Poll for ever has no other way to hear that there is something to do, or
// that it has to stop.
//
//   - A wake brings an event that is Readable and has the waker's token. It
//     ends the wait of a Poll that waits already, or else of the next one.
//   - No wake is lost: after Wake has returned nil there is an event that no
//     Poll has returned yet, or one that a Poll returned while Wake ran.
//   - Several wakes may come as one event. One wake never brings two: there is
//     nothing to read or to reset before the next Poll.
//   - It carries nothing else. What the woken thread is to look at is shared
//     through a lock, a channel or an atomic, and written before the wake.
//
// A Waker may be used from any goroutine, and be closed while others call
// Wake. Only closing the queue itself excludes everything else, as [Poll.Close]
// says: where wakes may still come then, close the waker first, and they get
// [ErrClosed] from there on.
type Waker struct {
	mu     sync.RWMutex // Wake reads, Close writes: a wake mustn't reach a descriptor that is somebody else's by now
	closed bool
	reg    Registration
	waker  waker // of the system, in waker_*.go
}

// NewWaker returns a waker for the Poll that r belongs to. Its events have the
// token t.
func NewWaker(r *Registry, t Token) (*Waker, error) {
	w := &Waker{reg: Registration{registry: r, token: t, interest: Readable}}
	err := ErrClosed
	if !r.closed.Load() {
		err = w.waker.open(&r.queue, &w.reg)
	}
	if err != nil {
		return nil, fmt.Errorf("poll: open a waker: %w", err)
	}
	return w, nil
}

// Wake makes Poll return. After Close of the waker or of its queue it returns
// ErrClosed, wrapped.
func (w *Waker) Wake() error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed || w.reg.registry.closed.Load() {
		return fmt.Errorf("poll: wake: the waker or its %w", ErrClosed)
	}
	if err := w.waker.wake(&w.reg.registry.queue); err != nil {
		return fmt.Errorf("poll: wake: %w", err)
	}
	return nil
}

// Close takes the waker out of the queue and frees what it holds. It wakes
// nobody: the next Poll brings no event of it, not even of a wake before. It
// may come before the queue's Close as well as after it, and has to come in
// both cases: the queue doesn't close its wakers. The second call does nothing.
func (w *Waker) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	w.closed = true
	var err error
	if r := w.reg.registry; !r.closed.Load() {
		err = w.waker.deregister(&r.queue)
	}
	if err = errors.Join(err, w.waker.close()); err != nil {
		return fmt.Errorf("poll: close a waker: %w", err)
	}
	return nil
}
