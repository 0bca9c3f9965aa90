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

// backlog is how many connections may wait to be accepted, unless the system has a lower limit.
const backlog = 4096

// A Listener accepts connections at an address. It belongs to the worker of its first poll, and only tasks of that worker
// may use it, also several at once. A connection that it returns hasn't been polled, so any worker may have it.
type Listener struct {
	fd           descriptor // noDescriptor after Close
	addr         netip.AddrPort
	io           runtime.IO
	cx           future.Context // for io: its waker is waiting
	waiting      acceptors
	registration atomic.Pointer[poll.Registration]
}

// Listen returns a Listener at addr. If the port is 0, the system chooses a free one, and [Listener.Addr] returns it.
// Clients can connect from now on, and wait to be accepted. An error begins with the attempt, as in
// "listen on 127.0.0.1:80: permission denied".
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

// Addr returns the address at which l listens. Any goroutine may call it, also after Close.
func (l *Listener) Addr() netip.AddrPort { return l.addr }

// PollAccept returns the next connection, which the caller has to close. If none waits or the poll's budget is used up
// ([runtime.Proceed]), it returns future.NotReady, and the Listener will wake cx for the next try. Call it until it returns
// NotReady, because one wake-up may stand for many connections. After Close, the error wraps [ErrClosed].
//
// After any other error, for example when the process has no more descriptors, l can still be used. But perhaps
// connections wait whose wake-up has come already, so poll again after a pause.
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
	l.io.Check(cx)
	fd, err := accept(l.fd)
	switch {
	case err == nil:
		return newConn(fd, true), nil
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

// AcceptStream returns a connection for an event queue of the caller's own, or ErrWouldBlock if there is none. It doesn't wait.
func (l *Listener) AcceptStream() (*Stream, error) {
	if l.fd == noDescriptor {
		return nil, ErrClosed
	}
	fd, err := accept(l.fd)
	switch {
	case err == nil:
		noDelay(fd)
		return &Stream{fd: fd, connected: true}, nil
	case isWouldBlock(err):
		l.registration.Load().WouldBlock(poll.Readable)
		return nil, ErrWouldBlock
	}
	return nil, fmt.Errorf("accept on %v: %w", l.addr, err)
}

// acceptors are the contexts that an event wakes: all of them, because it may stand for as many connections.
type acceptors []*future.Context

func (a *acceptors) Wake() {
	for _, cx := range *a {
		cx.Waker().Wake()
	}
	clear(*a)
	*a = (*a)[:0]
}

// Accept returns a future of the next connection. See [Listener.PollAccept] for its errors.
func (l *Listener) Accept() *Accepting { return &Accepting{l: l} }

// An Accepting is the future of [Listener.Accept].
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

// Drop stops waiting. It wakes the task, because another Accept of that task may wait with the same Context, and has to begin anew.
func (a *Accepting) Drop() {
	if a.done = true; a.l == nil {
		return // the zero value
	}
	if i := slices.Index(a.l.waiting, a.cx); i >= 0 {
		a.l.waiting = slices.Delete(a.l.waiting, i, i+1)
		a.cx.Waker().Wake()
	}
}

// Close closes the listener. The system resets connections that wait to be accepted. Tasks that wait for one get an
// error that wraps [ErrClosed]. The second call does nothing and returns nil.
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

// Fd returns the descriptor, or the handle on Windows, for the event queue: a Listener is a [poll.Source].
func (l *Listener) Fd() uintptr { return uintptr(l.fd) }

// SetRegistration stores r, to which PollAccept reports that no connection waits. The event queue calls it.
func (l *Listener) SetRegistration(r *poll.Registration) { l.registration.Store(r) }
