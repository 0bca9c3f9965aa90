package poll

import (
	"errors"
	"fmt"
	"sync"
)

// A Waker makes [Poll.Poll] return when another thread calls Wake. A thread that waits
// in Poll without a timeout can't learn in any other way that there is work, or
// that it has to stop.
//
//   - A wake brings an event that is Readable and has the waker's token. It
//     ends the wait of a Poll that waits already, or else of the next one.
//   - No wake is lost. After Wake has returned nil there is an event that no
//     Poll has returned yet, or one that a Poll returned while Wake ran.
//   - Several wakes may come as one event. One wake never brings two, so
//     nothing has to be read or reset before the next Poll.
//   - A wake carries no data. Share data with the woken thread
//     through a lock, a channel or an atomic, and write it before the wake.
//
// Any goroutine may use a Waker, and close it while others call
// Wake. Closing the queue excludes all other calls, as [Poll.Close]
// says. If wakes may still come then, close the waker first. Its wakes
// return [ErrClosed] from there on.
type Waker struct {
	mu     sync.RWMutex // Wake holds it for reading, Close for writing, so that no wake uses a descriptor that has been closed and given to another
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

// Close takes the waker out of the queue and frees its descriptors. It wakes
// nobody. The next Poll brings no event of this waker, not even for an earlier wake. Call Close
// before or after the queue's Close, and call it in both cases, because
// the queue doesn't close its wakers. The second call does nothing.
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
