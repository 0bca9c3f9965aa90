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

// An EventLoop is the reactor, which waits for events and wakes the tasks that wait for them. (The book
// calls the type Reactor. Here the function has that name.) Any goroutine may call its
// methods until the last BlockOn returns.
type EventLoop struct {
	poll  *poll.Poll
	alarm *poll.Waker // wakes the reactor's own thread, to end it
	ended chan struct{}
	id    atomic.Uint64

	mu     sync.Mutex
	wakers map[poll.Token]future.Waker // waker of the task that waits for each source
	err    error                       // reason that no more events will come, or nil
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
		goruntime.LockOSThread() // without an unlock, so the thread ends with the goroutine
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

// fail wakes all tasks that wait, so that their next polls find the error.
func (r *EventLoop) fail(err error) {
	r.mu.Lock()
	r.err = err
	wakers := slices.Collect(maps.Values(r.wakers))
	r.mu.Unlock()
	for _, w := range wakers {
		w.Wake()
	}
}

// stop ends the thread, and returns when it has ended.
func (r *EventLoop) stop() {
	r.mu.Lock()
	r.err = errors.New("reactor: it has stopped") // for a future that outlives the reactor
	r.mu.Unlock()
	r.alarm.Wake() // can fail only if the queue is broken, and then the thread has ended
	<-r.ended
	r.alarm.Close()
	r.poll.Close()
}

// NextID returns a token that no other source has. Token 0 is the alarm's.
func (r *EventLoop) NextID() poll.Token { return poll.Token(r.id.Add(1)) }

// Register watches s until [EventLoop.Deregister]. Whenever s may be ready for i, the reactor
// wakes the last waker set for id. Call SetWaker before, or the first event may
// find nobody to wake.
func (r *EventLoop) Register(s poll.Source, i poll.Interest, id poll.Token) error {
	return r.poll.Registry().Register(s, id, i)
}

// SetWaker registers w to be woken by events of id, replacing the earlier waker. A leaf future calls
// SetWaker with the waker of this poll, and only then reads or writes. So an event
// that comes after the read or write finds w. An error says that no more events will come.
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

// Deregister removes id and its waker, and ends the watch of s. Call it before s is closed.
func (r *EventLoop) Deregister(s poll.Source, id poll.Token) error {
	r.mu.Lock()
	delete(r.wakers, id)
	r.mu.Unlock()
	return r.poll.Registry().Deregister(s)
}
