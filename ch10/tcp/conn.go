package tcp

import (
	"fmt"
	"io"
	"net/netip"

	"ch10/future"
	"ch10/poll"
	"ch10/runtime"
)

// A Conn is a [Stream] that tasks can wait for. It belongs to the worker of its first
// poll, or of its Connect, and is used by that worker's tasks alone; one of another worker panics when it has to wait. But
// who gets the Conn as the result of a task may close it. One task may read while another writes; a second one that reads, or
// writes, panics.
type Conn struct {
	stream         Stream
	io             runtime.IO
	reader, writer *transfer // that have begun
}

// newConn returns a Conn for a connection that is there, and whose descriptor it owns.
func newConn(fd descriptor) *Conn {
	noDelay(fd) // a connection that has broken already says so when it is used
	return &Conn{stream: Stream{fd: fd, connected: true}}
}

// PollRead reads what is there, up to len(b) bytes. It returns future.NotReady when
// nothing is or it is the others' turn, and io.EOF when the peer has closed its side.
func (c *Conn) PollRead(cx *future.Context, b []byte) (int, error) {
	if err := c.begin(cx); err != nil {
		return 0, err
	}
	n, err := c.stream.Read(b[:min(len(b), step)])
	return n, c.wait(cx, poll.Readable, err)
}

// PollWrite writes as much of b as the system takes at once, up to 64 KiB, and returns future.NotReady when it
// takes nothing now or it is the others' turn.
func (c *Conn) PollWrite(cx *future.Context, b []byte) (int, error) {
	if err := c.begin(cx); err != nil {
		return 0, err
	}
	n, err := c.stream.Write(b[:min(len(b), step)])
	return n, c.wait(cx, poll.Writable, err)
}

// step is how many bytes one try moves at most, so that the steps of a poll don't take long.
const step = 64 << 10

// begin is what each try begins with.
func (c *Conn) begin(cx *future.Context) error {
	if !runtime.Proceed(cx) {
		return future.NotReady
	}
	return c.register(cx)
}

func (c *Conn) register(cx *future.Context) error {
	switch {
	case c.stream.fd == noDescriptor:
		return ErrClosed
	case c.io.Registered():
		return nil
	}
	return c.io.Register(cx, &c.stream, poll.Readable|poll.Writable)
}

// wait has cx woken if err says that the try would have blocked.
func (c *Conn) wait(cx *future.Context, i poll.Interest, err error) error {
	if err != ErrWouldBlock {
		return err
	}
	c.io.Wait(cx, i)
	return future.NotReady
}

// PollBroken returns why the connection is broken, or future.NotReady while it isn't. It is for those who don't
// read for now, and want to know whether the peer is there still. Where the system doesn't tell, nobody is woken.
func (c *Conn) PollBroken(cx *future.Context) error {
	if err := c.begin(cx); err != nil {
		return err
	}
	if err := c.stream.Err(); err != nil {
		return err
	}
	c.io.Wait(cx, poll.Readable)
	return future.NotReady
}

// RemoteAddr returns the address of the peer. It isn't valid if the connection has broken, or is closed.
func (c *Conn) RemoteAddr() netip.AddrPort {
	if c.stream.fd == noDescriptor {
		return netip.AddrPort{}
	}
	peer := peerAddr(c.stream.fd)
	return netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port()) // a dual-stack listener gives IPv4 in IPv6
}

// CloseWrite tells the peer that nothing more will be written. Reading goes on.
func (c *Conn) CloseWrite() error {
	if c.stream.fd == noDescriptor {
		return ErrClosed
	}
	if err := closeWrite(c.stream.fd); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	return nil
}

// Close closes the connection. A task that waits for it gets ErrClosed. The second call
// does nothing.
func (c *Conn) Close() error {
	c.io.Deregister() // which wakes it
	return c.stream.Close()
}

// Read returns a future of the number of bytes that it has read into b: see
// [Conn.PollRead].
func (c *Conn) Read(b []byte) *Reading {
	return &Reading{transfer: transfer{c: c, b: b, i: poll.Readable}}
}

// A Reading is the future that Read returns.
type Reading struct {
	_ future.Movable
	transfer
}

// Poll is that of [Conn.Read].
func (r *Reading) Poll(cx *future.Context) (int, error) {
	r.begin(cx)
	n, err := r.c.PollRead(cx, r.b)
	if err != future.NotReady {
		r.Drop()
	}
	return n, err
}

// A transfer is what Read's and Write's futures have in common.
type transfer struct {
	c    *Conn
	b    []byte
	cx   *future.Context // of the last poll
	i    poll.Interest   // Readable or Writable
	done bool
}

// turn is where the Conn has the transfer that has begun.
func (t *transfer) turn() **transfer {
	if t.i == poll.Readable {
		return &t.c.reader
	}
	return &t.c.writer
}

func (t *transfer) begin(cx *future.Context) {
	turn := t.turn()
	switch {
	case t.done:
		panic(future.PolledAfterCompletion)
	case *turn != nil && *turn != t:
		panic(fmt.Sprintf("tcp: two futures wait for one Conn to be %v", t.i))
	}
	*turn, t.cx = t, cx
}

// Drop leaves the Conn to the next.
func (t *transfer) Drop() {
	if t.done = true; t.c == nil {
		return // the zero value
	}
	if turn := t.turn(); *turn == t {
		*turn = nil
		t.c.io.Forget(t.cx, t.i)
	}
}

// Write returns a future that is done when all of b has been written, or with the number
// of bytes that were, and an error.
func (c *Conn) Write(b []byte) *Writing {
	return &Writing{transfer: transfer{c: c, b: b, i: poll.Writable}}
}

// A Writing is the future that Write returns.
type Writing struct {
	_ future.Movable
	transfer
	n int // of b, written
}

// Poll is that of [Conn.Write].
func (w *Writing) Poll(cx *future.Context) (int, error) {
	w.begin(cx)
	for w.n < len(w.b) {
		n, err := w.c.PollWrite(cx, w.b[w.n:])
		w.n += n
		if err == future.NotReady {
			return 0, err
		}
		if err == nil && n == 0 {
			err = io.ErrShortWrite
		}
		if err != nil {
			w.Drop()
			return w.n, err
		}
	}
	w.Drop()
	return w.n, nil
}

// Connect returns a future of a connection to addr, for programs; http.Get has a stream of its own, to be smaller. It does nothing until it is polled.
// Drop closes what is there of the connection.
func Connect(addr netip.AddrPort) future.Future[*Conn] { return &connecting{addr: addr} }

type connecting struct {
	addr netip.AddrPort
	c    *Conn // nil before the first poll, and when it is done
	done bool
}

func (k *connecting) Poll(cx *future.Context) (*Conn, error) {
	if k.done {
		panic(future.PolledAfterCompletion)
	}
	err := k.progress(cx)
	if err == future.NotReady {
		return nil, err
	}
	if err != nil {
		k.Drop()
		return nil, fmt.Errorf("%v: %w", k.addr, err)
	}
	c := k.c
	k.c, k.done = nil, true
	return c, nil
}

func (k *connecting) progress(cx *future.Context) error {
	if !runtime.Proceed(cx) {
		return future.NotReady
	}
	if k.c == nil {
		s, err := Dial(k.addr)
		if err != nil {
			return err
		}
		k.c = newConn(s.fd) // which owns the descriptor from now on
		k.c.stream.connected = false
	}
	if err := k.c.register(cx); err != nil {
		return err
	}
	// There may have been no event, but another wake-up: so ask whether it is connected.
	connected := isConnected(k.c.stream.fd)
	if err := k.c.stream.Err(); err != nil {
		return err
	}
	if !connected {
		k.c.stream.registration.Load().WouldBlock(poll.Writable)
		return k.c.wait(cx, poll.Writable, ErrWouldBlock)
	}
	k.c.stream.connected = true
	return nil
}

// Drop closes the connection.
func (k *connecting) Drop() {
	k.done = true
	if k.c != nil {
		k.c.Close()
		k.c = nil
	}
}
