package runtime

import (
	"errors"
	"fmt"
	"maps"
	goruntime "runtime"
	"slices"
	"sync"
	"sync/atomic"

	"ch09/future"
	"ch09/poll"
)

// An EventLoop is the reactor: it waits for events and wakes whoever waits for them. (The name
// that the book gives the type is the function's here.) Its methods may be
// called from any goroutine, until the last BlockOn returns.
type EventLoop struct {
	poll  *poll.Poll
	alarm *poll.Waker // wakes the reactor's own thread
	ended chan struct{}
	id    atomic.Uint64

	mu     sync.Mutex
	wakers map[poll.Token]future.Waker // by whom each source is awaited
	err    error                       // why no more events will come
}

const alarmToken poll.Token = 0

func startReactor() (*EventLoop, error) {
	p, err := poll.New()
	if err != nil {
		return nil, err
	}
	alarm, err := poll.NewWaker(p.Registry(), alarmToken)
	if err != nil {
		p.Close()
		return nil, err
	}
	r := &EventLoop{poll: p, alarm: alarm, ended: make(chan struct{}), wakers: map[poll.Token]future.Waker{}}
	go func() {
		goruntime.LockOSThread() // which ends with the goroutine
		defer close(r.ended)
		r.loop()
	}()
	return r, nil
}

// loop is the reactor's thread.
func (r *EventLoop) loop() {
	events := make([]poll.Event, 100)
	for {
		n, err := r.poll.Poll(events, -1)
		if err != nil {
			r.fail(fmt.Errorf("reactor: %w", err))
			return
		}
		for _, e := range events[:n] {
			if e.Token() == alarmToken {
				return
			}
			r.Wake(e.Token())
		}
	}
}

// fail wakes everybody: each poll then finds the error.
func (r *EventLoop) fail(err error) {
	r.mu.Lock()
	r.err = err
	wakers := slices.Collect(maps.Values(r.wakers))
	r.mu.Unlock()
	for _, w := range wakers {
		w.Wake()
	}
}

// stop returns when the thread has ended.
func (r *EventLoop) stop() {
	r.mu.Lock()
	r.err = errors.New("reactor: it has stopped") // for a future that outlives it
	r.mu.Unlock()
	r.alarm.Wake() // can only fail if the queue is broken, and then the thread has ended
	<-r.ended
	r.alarm.Close()
	r.poll.Close()
}

// NextID returns a token that no other source has. The reactor's own is 0.
func (r *EventLoop) NextID() poll.Token { return poll.Token(r.id.Add(1)) }

// Register watches s until [EventLoop.Deregister]: whenever s may be ready for what i names,
// the last waker set for id is woken. SetWaker comes first, or the first event may
// find nobody to wake.
func (r *EventLoop) Register(s poll.Source, i poll.Interest, id poll.Token) error {
	return r.poll.Registry().Register(s, id, i)
}

// SetWaker has w be woken, instead of the waker before. A leaf future calls it with the
// waker of this poll, and then looks whether there is anything to do: an event
// that comes after that look finds w. The error, if there is one, says that no event will come.
func (r *EventLoop) SetWaker(w future.Waker, id poll.Token) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wakers[id] = w
	return r.err
}

// Wake wakes the waker set for id, if there is one.
func (r *EventLoop) Wake(id poll.Token) {
	r.mu.Lock()
	w := r.wakers[id]
	r.mu.Unlock()
	if w != nil {
		w.Wake()
	}
}

// Deregister forgets id and its waker, and ends the watch of s. It comes before s is closed.
func (r *EventLoop) Deregister(s poll.Source, id poll.Token) error {
	r.mu.Lock()
	delete(r.wakers, id)
	r.mu.Unlock()
	return r.poll.Registry().Deregister(s)
}
