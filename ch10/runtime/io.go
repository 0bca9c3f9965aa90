package runtime

import (
	"sync"

	"ch10/future"
	"ch10/poll"
)

// An IO connects a source to the event queue of a worker, and wakes the tasks that wait for the
// source. One task may wait to read, and another to write. A future has an IO as a field. The zero IO
// isn't registered.
type IO struct {
	_              noCopy
	rt             *Runtime // nil: it isn't registered
	source         poll.Source
	token          poll.Token
	reader, writer *future.Context
	drained        bool // no event has come since Drained
	closed         bool // an event has said that the peer has closed its side, and no later event says it again
}

// Register adds s to the event queue of cx's worker, for the events that i names. No event wakes a
// task before there is a Wait. The error is the event queue's.
func (io *IO) Register(cx *future.Context, s poll.Source, i poll.Interest) error {
	rt := From(cx)
	token := rt.sources.add(io)
	if err := rt.queue.Registry().Register(s, token, i); err != nil {
		rt.sources.remove(token)
		return err
	}
	io.rt, io.source, io.token = rt, s, token
	io.drained, io.closed = false, false
	return nil
}

// Registered reports whether the source is in an event queue.
func (io *IO) Registered() bool { return io.rt != nil }

// Check panics on another worker than Register, whose events change io meanwhile. A future calls it before it tries.
func (io *IO) Check(cx *future.Context) {
	if io.rt != From(cx) {
		panic("runtime: an IO is used by two workers, or isn't registered")
	}
}

// Wait registers cx to be woken when the source may be readable or writable, as i says. It panics if
// another task waits for the same, or on another worker than Register. A future calls Wait after a try
// that would block. No event can come in between, because the worker takes events only between polls.
func (io *IO) Wait(cx *future.Context, i poll.Interest) {
	io.Check(cx)
	if i&poll.Readable != 0 {
		replace(&io.reader, cx, "two tasks wait to read from one source")
	}
	if i&poll.Writable != 0 {
		replace(&io.writer, cx, "two tasks wait to write to one source")
	}
}

// Drained tells io that a read of a stream got less than it asked for, so the next one would block (epoll(7), questions
// and answers, number 9). If the peer has closed its side, the next read gets the end of the stream.
func (io *IO) Drained() { io.drained = !io.closed }

// IsDrained reports whether there has been no event since Drained. A future then waits without a try.
func (io *IO) IsDrained() bool { return io.drained }

// Forget ends cx's Wait for what i names. A future that is dropped calls it when the source lives on, also one that Wait
// has refused on another worker.
func (io *IO) Forget(cx *future.Context, i poll.Interest) {
	if io.rt == nil {
		return // Deregister has ended it
	}
	io.rt.sources.lock()
	defer io.rt.sources.unlock()
	if i&poll.Readable != 0 && io.reader == cx {
		io.reader = nil
	}
	if i&poll.Writable != 0 && io.writer == cx {
		io.writer = nil
	}
}

// Deregister takes the source out of the event queue, and wakes the tasks that wait, because no event
// will. Call it before the source is closed. The second call does nothing. Another worker may call it
// once no task of the first one uses the IO: a task's result may be a connection, which its waiter closes.
func (io *IO) Deregister() error {
	if io.rt == nil {
		return nil
	}
	rt := io.rt
	rt.sources.remove(io.token)
	err := rt.queue.Registry().Deregister(io.source)
	io.rt, io.source = nil, nil
	reader, writer := io.take(poll.Readable | poll.Writable)
	for _, cx := range []*future.Context{reader, writer} {
		if cx != nil {
			cx.Waker().Wake() // this may be another worker, so the run queue isn't its to change
		}
	}
	return err
}

// sources finds an IO by its token: the number of a slot, and above it how often the slot has been
// used. So no token comes twice, and a late event finds nobody.
type sources struct {
	slots []slot // the first isn't used: token 0 is the alarm's
	free  []uint32
	n     int

	shared bool       // there are several workers
	mu     sync.Mutex // then it is held, because any of them may remove an IO
}

func (s *sources) lock() {
	if s.shared {
		s.mu.Lock()
	}
}

func (s *sources) unlock() {
	if s.shared {
		s.mu.Unlock()
	}
}

func (s *sources) any() bool {
	s.lock()
	n := s.n
	s.unlock()
	return n > 0
}

type slot struct {
	io  *IO
	use uint32
}

func (s *sources) add(io *IO) poll.Token {
	s.lock()
	defer s.unlock()
	if len(s.slots) == 0 {
		s.slots = make([]slot, 1)
	}
	if len(s.free) == 0 {
		s.free = append(s.free, uint32(len(s.slots)))
		s.slots = append(s.slots, slot{})
	}
	i := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	s.slots[i].io = io
	s.n++
	return poll.Token(s.slots[i].use)<<32 | poll.Token(i)
}

func (s *sources) remove(t poll.Token) {
	s.lock()
	defer s.unlock()
	i := uint32(t)
	s.slots[i] = slot{use: s.slots[i].use + 1}
	s.free = append(s.free, i)
	s.n--
}

// find returns whom an event with t is for, or nil.
func (s *sources) find(t poll.Token) *IO {
	if slot := s.slots[uint32(t)]; slot.use == uint32(t>>32) {
		return slot.io
	}
	return nil
}

// event wakes those who wait for e.
func (s *sources) event(rt *Runtime, e poll.Event) {
	var i poll.Interest
	if e.Readable() {
		i = poll.Readable
	}
	if e.Writable() {
		i |= poll.Writable
	}
	s.lock()
	var reader, writer *future.Context
	if io := s.find(e.Token()); io != nil {
		if e.Readable() {
			io.drained, io.closed = false, io.closed || e.Closed()
		}
		reader, writer = io.take(i)
	}
	s.unlock()
	if reader != nil { // it tries, and calls Wait again if that is too early
		rt.wake(reader)
	}
	if writer != nil {
		rt.wake(writer)
	}
}

// take returns those who wait for i, and forgets them.
func (io *IO) take(i poll.Interest) (reader, writer *future.Context) {
	if i&poll.Readable != 0 {
		reader, io.reader = io.reader, nil
	}
	if i&poll.Writable != 0 {
		writer, io.writer = io.writer, nil
	}
	return reader, writer
}
