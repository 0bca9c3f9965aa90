// Package tcp has TCP connections whose operations never block. Where an operation would have to wait, it returns
// [ErrWouldBlock], and the caller waits in an event queue (package poll). The package takes the place of mio's net
// module in the book.
//
// Go's own net.Conn can't take that place. Its operations look as if they blocked, because Go's runtime
// parks the goroutine and waits in an event queue of its own.
package tcp

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync/atomic"

	"ch04/poll"
)

// ErrWouldBlock is the error of a Read or Write that would have to wait. Compare it with ==. The next event of the
// stream is the time to try again.
var ErrWouldBlock = errors.New("tcp: operation would block")

// ErrClosed is returned by a Stream's methods after Close.
var ErrClosed = errors.New("tcp: use of a closed stream")

// A Stream is one end of a connection. It owns its descriptor. One goroutine at a time may use it.
type Stream struct {
	fd           descriptor // noDescriptor after Close
	connected    bool       // a read or write has gone through
	failed       error      // the error that the system has reported, which it does only once
	registration atomic.Pointer[poll.Registration]
}

// Dial starts to connect to addr, and returns before the stream is connected. An event says that the stream is
// Writable once it is connected, or the attempt has failed. Then the first Write or [Stream.Err] returns the error.
// Dial itself returns only errors that the system reports at once.
func Dial(addr netip.AddrPort) (*Stream, error) {
	sa, family, err := sockaddr(addr)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	fd, err := socket(family)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	if err = connect(fd, sa); err == nil && isItself(fd, addr) {
		err = errItself
	}
	if err != nil {
		closeDescriptor(fd)
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &Stream{fd: fd}, nil
}

// errItself is what Dial makes of a socket that is its own peer. TCP allows that (a
// simultaneous open), and it happens when the system takes for this end the very port
// that addr names, which it does only if nobody listens there.
var errItself = errors.New("connection refused: the socket would be connected to itself")

func isItself(fd descriptor, addr netip.AddrPort) bool {
	local, err := localAddr(fd) // no error is in the way of a connection
	return err == nil && local.Port() == addr.Port() &&
		(local.Addr() == addr.Addr().Unmap() || addr.Addr().IsUnspecified())
}

// Read reads what has arrived, up to len(b) bytes, and returns the number of bytes. It returns [ErrWouldBlock] when
// nothing has arrived, and io.EOF when the peer has closed its side.
func (s *Stream) Read(b []byte) (int, error) {
	n, err := s.transfer(read, b, poll.Readable, "read")
	if n == 0 && err == nil && len(b) > 0 {
		err = io.EOF
	}
	return n, err
}

// Write writes as much of b as the system takes now, and returns the number of bytes. Unlike an io.Writer, it returns no
// error if that is less than len(b). It returns [ErrWouldBlock] when the system takes nothing now.
func (s *Stream) Write(b []byte) (int, error) {
	return s.transfer(write, b, poll.Writable, "write")
}

func (s *Stream) transfer(call func(descriptor, []byte) (int, error), b []byte, i poll.Interest, name string) (int, error) {
	if s.fd == noDescriptor {
		return 0, ErrClosed
	}
	// Before the connection is there, a read may return 0 bytes, which looks like the end of
	// the stream, and an empty write always goes through.
	mustAsk := !s.connected && (i == poll.Readable || len(b) == 0)
	if mustAsk || s.failed != nil {
		if err := s.Err(); err != nil {
			return 0, err
		}
	}
	n, err := call(s.fd, b)
	if err == nil {
		s.connected = s.connected || len(b) > 0
		return n, nil
	}
	if !s.connected && s.Err() != nil { // a write says that it failed, SO_ERROR says why
		return 0, s.failed
	}
	switch {
	// The second is what other systems than Linux say during the connect.
	case isWouldBlock(err), isNotConnected(err) && !s.connected:
		s.registration.Load().WouldBlock(i)
		return 0, ErrWouldBlock
	case !s.connected: // the failed write has consumed the socket's error, so SO_ERROR is empty
		s.failed = fmt.Errorf("connect: %w", err)
		return 0, s.failed
	}
	return 0, fmt.Errorf("%s: %w", name, err)
}

// Err returns why the connection failed, or nil. The system reports that only once (SO_ERROR in socket(7)), and a
// Stream keeps it. Until the first Read or Write has succeeded, they call Err themselves: Read before it tries, Write
// when it has failed.
func (s *Stream) Err() error {
	if s.fd == noDescriptor {
		return ErrClosed
	}
	if s.failed != nil {
		return s.failed
	}
	if err := socketError(s.fd); err != nil {
		s.failed = fmt.Errorf("connection: %w", err)
		if !s.connected {
			s.failed = fmt.Errorf("connect: %w", err)
		}
	}
	return s.failed
}

// Close takes the stream out of its event queue and closes it. The second call
// does nothing and returns nil. Read, Write and Err return [ErrClosed] from then on.
func (s *Stream) Close() error {
	if s.fd == noDescriptor {
		return nil
	}
	if r := s.registration.Load(); r != nil {
		// A queue that is closed already has forgotten the stream.
		r.Registry().Deregister(s)
	}
	fd := s.fd
	s.fd = noDescriptor
	if err := closeDescriptor(fd); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// Fd returns the descriptor, or the handle on Windows, for the event queue: a Stream is a [poll.Source].
func (s *Stream) Fd() uintptr { return uintptr(s.fd) }

// SetRegistration stores r, to which Read and Write report that they would block. The event queue calls it.
func (s *Stream) SetRegistration(r *poll.Registration) { s.registration.Store(r) }
