package main

import (
	"errors"
	"fmt"
	"time"
)

// errWouldBlock is the error of a read from a non-blocking socket on which
// nothing has arrived. Unix calls it EAGAIN, Windows WSAEWOULDBLOCK.
var errWouldBlock = errors.New("the read would block")

// A conn receives one message of the inbox.
type conn struct {
	in     *inbox
	index  int
	socket socket
	text   []byte
	closed bool
}

// dialAll connects to every address of the inbox. Connecting blocks in any
// case, because on one machine it takes no time, and this chapter is about
// reading.
func (in *inbox) dialAll(nonblocking bool) (conns []*conn, err error) {
	for i, addr := range in.addrs {
		s, err := dial(in, addr, nonblocking)
		if err != nil {
			closeAll(conns)
			return nil, fmt.Errorf("connect to %v: %w", addr, err)
		}
		conns = append(conns, &conn{in: in, index: i, socket: s})
	}
	return conns, nil
}

// readAll reads until the message is whole, or until a non-blocking socket has
// no more for now. In the second case it returns false, and the caller calls
// it again later.
func (c *conn) readAll() (whole bool, err error) {
	var buf [512]byte
	for {
		n, err := c.socket.read(c.in, buf[:])
		switch {
		case err == errWouldBlock:
			c.in.countAgain()
			return false, nil
		case err != nil:
			return false, fmt.Errorf("read from %v: %w", c.in.addrs[c.index], err)
		case n == 0: // the server has closed its end
			c.received()
			return true, nil
		}
		c.text = append(c.text, buf[:n]...)
	}
}

// received puts the message, which is whole, into the inbox.
func (c *conn) received() {
	c.in.mu.Lock()
	c.in.arrivals = append(c.in.arrivals, arrival{c.index, string(c.text), time.Since(c.in.start)})
	c.in.mu.Unlock()
	c.close()
	if gate != nil {
		gate <- struct{}{}
	}
}

// close closes the socket. It may be called twice.
func (c *conn) close() {
	if !c.closed {
		c.closed = true
		c.socket.close(c.in)
	}
}

func closeAll(conns []*conn) {
	for _, c := range conns {
		c.close()
	}
}
