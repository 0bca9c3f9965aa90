package tcp

import (
	"fmt"
	"net/netip"
	"slices"
	"sync/atomic"

	"ch10/future"
	"ch10/poll"
	"ch10/runtime"
)

// backlog is how many connections wait to be accepted. Where the system's own limit is
// lower, that counts.
const backlog = 4096

// A Listener takes connections at an address. Like a [Conn], it belongs to the worker of
// its first poll, and is used by that worker's tasks alone, also by several at once. It owns its descriptor. What it
// accepts hasn't been polled, and may go to any worker.
type Listener struct {
	fd           descriptor // noDescriptor after Close
	addr         netip.AddrPort
	io           runtime.IO
	cx           future.Context // io wakes waiting
	waiting      acceptors
	registration atomic.Pointer[poll.Registration]
}

// Listen listens at addr; port 0 takes a free one.
func Listen(addr netip.AddrPort) (*Listener, error) {
	l, err := listenAt(addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %v: %w", addr, err)
	}
	return l, nil
}

func listenAt(addr netip.AddrPort) (*Listener, error) {
	sa, family, err := sockaddr(addr)
	if err != nil {
		return nil, err
	}
	fd, err := socket(family)
	if err != nil {
		return nil, err
	}
	if err = listen(fd, sa); err == nil {
		addr, err = localAddr(fd)
	}
	if err != nil {
		closeDescriptor(fd)
		return nil, err
	}
	return &Listener{fd: fd, addr: addr}, nil
}

// Addr returns where l listens.
func (l *Listener) Addr() netip.AddrPort { return l.addr }

// PollAccept returns a connection, future.NotReady if there is none, or what is wrong. It
// has to be called again until it returns NotReady: one wake-up may stand for many
// connections.
//
// After an error, such as that no more descriptors can be opened, the listener can still
// be used. But there may be connections that wait, and whose wake-up has come already:
// poll again after a pause.
func (l *Listener) PollAccept(cx *future.Context) (*Conn, error) {
	c, err := l.accept(cx)
	if err != nil && err != future.NotReady {
		err = fmt.Errorf("accept on %v: %w", l.addr, err)
	}
	return c, err
}

func (l *Listener) accept(cx *future.Context) (*Conn, error) {
	switch {
	case !runtime.Proceed(cx):
		return nil, future.NotReady
	case l.fd == noDescriptor:
		return nil, ErrClosed
	}
	if !l.io.Registered() {
		if err := l.io.Register(cx, l, poll.Readable); err != nil {
			return nil, err
		}
	}
	fd, err := accept(l.fd)
	switch {
	case err == nil:
		return newConn(fd), nil
	case isWouldBlock(err):
		l.registration.Load().WouldBlock(poll.Readable)
		l.cx = cx.WithWaker(&l.waiting)
		l.io.Wait(&l.cx, poll.Readable)
		if !slices.Contains(l.waiting, cx) {
			l.waiting = append(l.waiting, cx)
		}
		return nil, future.NotReady
	}
	return nil, err
}

// acceptors are whom an event wakes: all, since it may stand for as many connections.
type acceptors []*future.Context

func (a *acceptors) Wake() {
	for _, cx := range *a {
		cx.Waker().Wake()
	}
	clear(*a)
	*a = (*a)[:0]
}

// Accept returns a future of the next connection: see [Listener.PollAccept].
func (l *Listener) Accept() *Accepting { return &Accepting{l: l} }

// An Accepting is the future that Accept returns.
type Accepting struct {
	_    future.Movable
	l    *Listener
	cx   *future.Context // of the last poll
	done bool
}

// Poll is that of [Listener.Accept].
func (a *Accepting) Poll(cx *future.Context) (*Conn, error) {
	if a.done {
		panic(future.PolledAfterCompletion)
	}
	a.cx = cx
	c, err := a.l.PollAccept(cx)
	a.done = err != future.NotReady
	return c, err
}

// Drop stops waiting. Another Accept of the task, which may have the same cx, is woken to begin anew.
func (a *Accepting) Drop() {
	if a.done = true; a.l == nil {
		return // the zero value
	}
	if i := slices.Index(a.l.waiting, a.cx); i >= 0 {
		a.l.waiting = slices.Delete(a.l.waiting, i, i+1)
		a.cx.Waker().Wake()
	}
}

// Close ends the listening; connections that wait to be accepted are reset. A task that
// waits for one gets ErrClosed. The second call does nothing.
func (l *Listener) Close() error {
	if l.fd == noDescriptor {
		return nil
	}
	l.io.Deregister() // which wakes it
	fd := l.fd
	l.fd = noDescriptor
	if err := closeDescriptor(fd); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// Fd and SetRegistration make a Listener a [poll.Source].
func (l *Listener) Fd() uintptr { return uintptr(l.fd) }

// SetRegistration is called by the event queue.
func (l *Listener) SetRegistration(r *poll.Registration) { l.registration.Store(r) }
