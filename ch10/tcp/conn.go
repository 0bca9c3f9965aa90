package tcp

import (
	"fmt"
	"io"
	"net/netip"

	"ch10/future"
	"ch10/poll"
	"ch10/runtime"
)

// A Conn is a [Stream] that tasks can wait for. It belongs to the worker of its first poll, or of its Connect. Only tasks of
// that worker may use it, but a task that gets it as a result may close it. One task may read while another writes. If two
// of them wait to read, or two wait to write, the second panics.
type Conn struct {
	stream         Stream
	io             runtime.IO
	reader, writer *Transfer // those that have been polled and aren't done
}

// newConn returns a Conn that owns fd.
func newConn(fd descriptor, connected bool) *Conn {
	noDelay(fd) // fails only on a connection that has broken, and then its use fails, too
	return &Conn{stream: Stream{fd: fd, connected: connected}}
}

// PollRead reads what has arrived, up to len(b) bytes and 64 KiB, and returns the number of bytes. When nothing has
// arrived or the poll's budget is used up ([runtime.Proceed]), it returns future.NotReady, and the Conn will wake cx for
// the next try. It returns io.EOF when the peer has closed its side, and [ErrClosed] after Close.
func (c *Conn) PollRead(cx *future.Context, b []byte) (int, error) {
	if err := c.begin(cx); err != nil {
		return 0, err
	}
	if c.io.IsDrained() {
		return 0, c.wait(cx, poll.Readable, ErrWouldBlock)
	}
	b = b[:min(len(b), step)]
	n, err := c.stream.Read(b)
	if 0 < n && n < len(b) {
		c.io.Drained()
		c.stream.registration.Load().WouldBlock(poll.Readable)
	}
	return n, c.wait(cx, poll.Readable, err)
}

// PollWrite writes as much of b as the system takes at once, up to 64 KiB, and returns the number of bytes. When the
// system takes nothing now or the poll's budget is used up, it returns future.NotReady, and the Conn will wake cx for
// the next try. It returns [ErrClosed] after Close.
func (c *Conn) PollWrite(cx *future.Context, b []byte) (int, error) {
	if err := c.begin(cx); err != nil {
		return 0, err
	}
	n, err := c.stream.Write(b[:min(len(b), step)])
	return n, c.wait(cx, poll.Writable, err)
}

// step is the most bytes that one try moves, so that a poll, which has a budget of tries, doesn't take long.
const step = 64 << 10

// begin returns nil if a try may begin.
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
		c.io.Check(cx)
		return nil
	}
	return c.io.Register(cx, &c.stream, poll.Readable|poll.Writable)
}

// wait registers cx to be woken if err is that the try would have blocked. It returns the error of the Poll.
func (c *Conn) wait(cx *future.Context, i poll.Interest, err error) error {
	if err != ErrWouldBlock {
		return err
	}
	c.io.Wait(cx, i)
	return future.NotReady
}

// PollBroken returns why the connection is broken, for example by a reset, or future.NotReady while it isn't. A task that
// doesn't read for now calls it in place of PollRead. Some systems report a reset only to PollRead, and there
// nothing wakes cx.
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

// RemoteAddr returns the address of the peer, or an AddrPort that isn't valid if the connection has broken or is closed.
func (c *Conn) RemoteAddr() netip.AddrPort {
	if c.stream.fd == noDescriptor {
		return netip.AddrPort{}
	}
	peer := peerAddr(c.stream.fd)
	return netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port()) // a dual-stack listener gives IPv4 in IPv6
}

// CloseWrite closes this side, after what has been written. The peer then reads io.EOF, and c can still read. It returns
// [ErrClosed] after Close.
func (c *Conn) CloseWrite() error {
	if c.stream.fd == noDescriptor {
		return ErrClosed
	}
	if err := closeWrite(c.stream.fd); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	return nil
}

// Close closes the connection. Tasks that wait for it get [ErrClosed]. The second call
// does nothing and returns nil.
func (c *Conn) Close() error {
	c.io.Deregister() // which wakes it
	return c.stream.Close()
}

// Read returns a future of the number of bytes that it has read into b, at least one unless b is empty. See
// [Conn.PollRead] for its errors.
func (c *Conn) Read(b []byte) *Transfer { return &Transfer{c: c, b: b, i: poll.Readable} }

// Write returns a future that is done when all of b has been written. Its value is the number of bytes written, also
// beside an error. b must not change before.
func (c *Conn) Write(b []byte) *Transfer { return &Transfer{c: c, b: b, i: poll.Writable} }

// A Transfer is the future of [Conn.Read] and of [Conn.Write].
type Transfer struct {
	_    future.Movable
	c    *Conn
	b    []byte
	n    int             // bytes of b that have been written
	cx   *future.Context // of the last poll
	i    poll.Interest   // Readable: it reads; Writable: it writes
	done bool
}

// turn is where the Conn keeps the Transfer that has begun.
func (t *Transfer) turn() **Transfer {
	if t.i == poll.Readable {
		return &t.c.reader
	}
	return &t.c.writer
}

// Poll returns the number of bytes, with an error or without, or future.NotReady.
func (t *Transfer) Poll(cx *future.Context) (int, error) {
	turn := t.turn()
	switch {
	case t.done:
		panic(future.PolledAfterCompletion)
	case *turn != nil && *turn != t:
		panic(fmt.Sprintf("tcp: two futures wait for one Conn to be %v", t.i))
	}
	*turn, t.cx = t, cx
	n, err := t.progress(cx)
	if err == future.NotReady {
		return 0, err
	}
	t.Drop()
	return n, err
}

func (t *Transfer) progress(cx *future.Context) (int, error) {
	if t.i == poll.Readable {
		return t.c.PollRead(cx, t.b)
	}
	for t.n < len(t.b) {
		n, err := t.c.PollWrite(cx, t.b[t.n:])
		t.n += n
		if err == nil && n == 0 {
			err = io.ErrShortWrite
		}
		if err != nil {
			return t.n, err
		}
	}
	return t.n, nil
}

// Drop stops waiting, so that another future of the Conn may wait.
func (t *Transfer) Drop() {
	if t.done = true; t.c == nil {
		return // the zero value
	}
	if turn := t.turn(); *turn == t {
		*turn = nil
		t.c.io.Forget(t.cx, t.i)
	}
}

// Connect returns a future of a connection to addr, which the caller has to close. It does nothing until it is polled.
// Its error begins with addr. Drop closes the connection if it isn't done.
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
		k.c = newConn(s.fd, false) // in place of s
	}
	if err := k.c.register(cx); err != nil {
		return err
	}
	// The task may have been woken by something else than the event, so ask the system.
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
