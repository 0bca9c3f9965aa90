package main

import (
	"fmt"
	"net/netip"
	"syscall"
	"time"
)

// A conn receives one message of the inbox.
type conn struct {
	in     *inbox
	index  int
	addr   netip.AddrPort
	socket socket
	text   []byte
	after  time.Duration // from the inbox's start until text was whole
	closed bool
}

// A way reads the messages of all conns into an inbox.
type way func(in *inbox, conns []*conn) error

// connected returns a function that connects to every address of an inbox, and
// then lets read fill it. All connect before any reads, because the server
// waits for every reader. Connecting blocks in any case, because on one machine
// it takes no time, and this chapter is about reading.
func connected(nonblocking bool, read way) func(*inbox) error {
	return func(in *inbox) error {
		var conns []*conn
		for i, addr := range in.addrs {
			s, err := dial(in, addr, nonblocking)
			if err != nil {
				return fmt.Errorf("connect to %v: %w", addr, err)
			}
			c := &conn{in: in, index: i, addr: addr, socket: s}
			defer c.close()
			conns = append(conns, c)
		}
		return read(in, conns)
	}
}

// readAll reads until the message is whole, or until a non-blocking socket has
// no more for now. In the second case the caller calls it again later.
func (c *conn) readAll() error {
	var buf [512]byte
	for !c.closed {
		n, err := c.socket.read(c.in, buf[:])
		switch {
		case err == syscall.EINTR: // a signal came before any data
		case err == errWouldBlock:
			c.in.again++
			return nil
		case err != nil:
			return fmt.Errorf("read from %v: %w", c.addr, err)
		case n == 0: // the server has closed its end
			c.received()
		default:
			c.text = append(c.text, buf[:n]...)
		}
	}
	return nil
}

// received puts the message, which is whole, into the inbox.
func (c *conn) received() {
	c.after = time.Since(c.in.start)
	c.in.mu.Lock()
	c.in.arrivals = append(c.in.arrivals, c)
	c.in.mu.Unlock()
	c.close()
	if gate != nil {
		gate <- time.Now()
	}
}

// close closes the socket. It may be called twice.
func (c *conn) close() {
	if !c.closed {
		c.closed = true
		c.socket.close(c.in)
	}
}
