// Package poll is an event queue. A thread registers the sockets that it is
// interested in, and then waits for all of them in one call.
//
// The package is the book's Poll and Registry, on each system's own readiness
// queue. One contract holds on all systems:
//
//   - An event reports that its source may be read, or written, without
//     blocking. The report may be wrong (spurious), so only the read or the write
//     itself is certain.
//   - Events are edge-triggered. An event comes when the source becomes ready.
//     Don't count on another until the readiness has been used up (epoll sends one
//     when more arrives, AFD doesn't). So the receiver of an event reads, or writes,
//     until that would block. The source reports this to its [Registration]. Bytes
//     that are left unread bring no event by themselves.
//     With [Level] an event comes at every Poll while the source is ready.
//   - A source that is ready at Register brings an event.
//   - The end of the stream and an error count as readiness, because the next read
//     or write returns at once, and says which.
//   - An event may arrive for a source that has been read to its end. After
//     Deregister has returned, the next Poll brings none.
//
// [Poll.Poll] has one caller at a time. Any goroutine may use the [Registry], also
// while another waits in Poll.
//
// Each system has a file of its own, poll_linux.go for epoll, poll_bsd.go for
// kqueue, and poll_windows.go for AFD with an I/O completion port.
package poll

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"time"
)

// ErrClosed is returned, wrapped, by every call after [Poll.Close].
var ErrClosed = errors.New("event queue is closed")

// ErrSource is the error that [Event.Err] returns where the system reports that a
// source has failed, but not why. tcp.Stream.Err has the reason.
var ErrSource = errors.New("error condition on the source")

// A Token names a source in its events. The caller chooses it, and doesn't
// use one twice within a Poll.
type Token uint64

// An Interest is a set of bits for what a source is watched for, and how.
type Interest uint8

const (
	Readable Interest = 1 << iota
	Writable
	Level // level-triggered instead of edge-triggered
)

// String returns the names of the bits, as in "READABLE|WRITABLE".
func (i Interest) String() string {
	var names []string
	for bit, name := range []string{"READABLE", "WRITABLE", "LEVEL"} {
		if i&(1<<bit) != 0 {
			names = append(names, name)
		}
	}
	if rest := i &^ (Readable | Writable | Level); rest != 0 || i == 0 {
		names = append(names, fmt.Sprintf("%#x", uint8(rest)))
	}
	return strings.Join(names, "|")
}

// An Event is one source's readiness, filled in by [Poll.Poll].
type Event struct {
	token  Token
	ready  Interest // Readable, Writable
	closed bool
	err    error
}

// Token returns the token that the source was registered with.
func (e Event) Token() Token { return e.token }

// Readable reports whether a read is worth a try.
func (e Event) Readable() bool { return e.ready&Readable != 0 }

// Writable reports whether a write is worth a try.
func (e Event) Writable() bool { return e.ready&Writable != 0 }

// Closed reports whether the peer has closed its side or the connection is
// broken. There may still be data to read. Some systems notice later than others,
// so only a read that returns the end of the stream is certain.
func (e Event) Closed() bool { return e.closed }

// Err returns the error that the source has reported, [ErrSource] where the
// system doesn't say which one, or nil.
func (e Event) Err() error { return e.err }

// String returns the event much as the book prints it, with names for the bits.
func (e Event) String() string {
	names := e.ready.String()
	if e.closed {
		names += "|CLOSED"
	}
	if e.err != nil {
		names += "|ERROR"
	}
	return fmt.Sprintf("Event { events: %s, token: %d }", names, e.token)
}

// A Source can be waited for. It has a descriptor (on Windows a socket handle).
// Register gives it a Registration, and Deregister gives it nil. Its first event
// may come before the Registration.
type Source interface {
	Fd() uintptr
	SetRegistration(*Registration)
}

// Poll waits for events. It owns the queue's descriptor.
type Poll struct{ registry Registry }

// A Registry adds sources to a Poll and removes them.
// (The book's Registry owns the descriptor; mio splits the two like this.)
type Registry struct {
	queue  queue // of the system, in poll_*.go
	closed atomic.Bool
}

// New opens an event queue. Where this package has none for the system, the
// error is errors.ErrUnsupported.
func New() (*Poll, error) {
	p := new(Poll)
	err := openGoQueue() // see go_queue.go
	if err == nil {
		err = p.registry.queue.open()
	}
	if err != nil {
		return nil, fmt.Errorf("poll: open an event queue: %w", err)
	}
	return p, nil
}

// Registry returns the registry that belongs to p.
func (p *Poll) Registry() *Registry { return &p.registry }

// Poll waits until there is at least one event, fills events with as many as
// there are and fit, and returns their number. It returns 0 when the timeout
// has passed. With a timeout of 0 it doesn't wait, and with a negative one it
// waits without limit. The timeout is rounded up to the system's unit, a
// millisecond on Linux and Windows.
func (p *Poll) Poll(events []Event, timeout time.Duration) (n int, err error) {
	if p.registry.closed.Load() {
		return 0, fmt.Errorf("poll: %w", ErrClosed)
	}
	if len(events) == 0 {
		return 0, errors.New("poll: no room for events")
	}
	var deadline time.Time
	if timeout > 0 {
		deadline = time.Now().Add(timeout)
	}
	for {
		// wait returns neither events nor an error when the timeout has passed, a
		// signal came (EINTR), or only completions of cancelled requests came.
		n, err = p.registry.queue.wait(events, timeout)
		if err != nil {
			return 0, fmt.Errorf("poll: wait for events: %w", err)
		}
		if n > 0 || timeout == 0 {
			return n, nil
		}
		if timeout > 0 {
			if timeout = time.Until(deadline); timeout <= 0 {
				return 0, nil
			}
		}
	}
}

// Close closes the queue; the sources stay open. It must not be called while
// another goroutine is in Poll or in a method of the Registry. The second call
// does nothing.
func (p *Poll) Close() error {
	if p.registry.closed.Swap(true) {
		return nil
	}
	return p.registry.queue.close()
}

// Register watches s for the interest i, and gives s its Registration. A closed
// descriptor, or one that is registered already, is an error.
func (r *Registry) Register(s Source, t Token, i Interest) error {
	var err error
	switch {
	case r.closed.Load():
		err = ErrClosed
	case i&(Readable|Writable) == 0 || i&^(Readable|Writable|Level) != 0:
		err = errors.New("not an interest")
	default:
		reg := &Registration{registry: r, token: t, interest: i}
		if err = r.queue.register(s.Fd(), reg); err == nil {
			s.SetRegistration(reg)
			// Another goroutine may have used the first event already, and its
			// report that the source ran dry had no Registration to go to.
			reg.WouldBlock(i)
			return nil
		}
	}
	return fmt.Errorf("poll: register descriptor %d for %v: %w", int(s.Fd()), i, err)
}

// Deregister ends the watch and gives s a nil Registration. It doesn't close s.
// Call it before s is closed, because a descriptor that is closed while it is
// registered may stay in the queue, or be gone from it.
func (r *Registry) Deregister(s Source) error {
	err := ErrClosed
	if !r.closed.Load() {
		err = r.queue.deregister(s.Fd())
	}
	if err == nil || err == ErrClosed {
		s.SetRegistration(nil)
	}
	if err != nil {
		return fmt.Errorf("poll: deregister descriptor %d: %w", int(s.Fd()), err)
	}
	return nil
}

// A Registration belongs to a source while that is registered.
type Registration struct {
	registry *Registry
	token    Token
	interest Interest
	armed    armed // of the system, in poll_*.go
}

// Registry returns the registry that reg belongs to.
func (reg *Registration) Registry() *Registry { return reg.registry }

// WouldBlock is the source's report that it ran dry, because a read (Readable) or
// a write (Writable) would have blocked. An edge-triggered source must report
// every such read and write, because on Windows the queue looks again only
// then. A nil Registration takes the report and does nothing.
func (reg *Registration) WouldBlock(i Interest) {
	if reg != nil {
		reg.wouldBlock(i)
	}
}

// milliseconds returns d in the unit of epoll_wait and GetQueuedCompletionStatus,
// -1 for no limit. It rounds up, because a short wait must not become a busy loop.
func milliseconds(d time.Duration) int {
	if d < 0 {
		return -1
	}
	return int(min((d+time.Millisecond-1)/time.Millisecond, math.MaxInt32))
}
