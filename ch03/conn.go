package main

import (
	"errors"
	"fmt"
)

// errWouldBlock is what read returns when nothing has arrived yet on a socket
// that was told not to wait: EAGAIN on Unix, WSAEWOULDBLOCK on Windows.
var errWouldBlock = errors.New("the read would block")

// A conn receives one message of the inbox.
type conn struct {
	in     *inbox
	index  int
	socket socket
	text   []byte
	closed bool
}

// dialAll connects to every address of the inbox.
func (in *inbox) dialAll(nonblocking bool) ([]*conn, error) {
	var conns []*conn
	for i := range in.addrs {
		c, err := in.dial(i, nonblocking)
		if err != nil {
			closeAll(conns)
			return nil, err
		}
		conns = append(conns, c)
	}
	return conns, nil
}

func (in *inbox) dial(index int, nonblocking bool) (*conn, error) {
	s, err := dial(in, in.addrs[index], nonblocking)
	if err != nil {
		return nil, fmt.Errorf("connect to %v: %w", in.addrs[index], err)
	}
	return &conn{in: in, index: index, socket: s}, nil
}

// readAll reads to the end of the message, or until nothing is left to read
// for now: then it returns errWouldBlock, and is to be called again later.
func (c *conn) readAll() error {
	var buf [512]byte
	for {
		n, err := c.socket.read(c.in, buf[:])
		switch {
		case err == errWouldBlock:
			c.in.countAgain()
			return err
		case err != nil:
			return fmt.Errorf("read from %v: %w", c.in.addrs[c.index], err)
		case n == 0: // the server has closed its end
			c.in.received(c.index, c.text)
			c.close()
			return nil
		}
		c.text = append(c.text, buf[:n]...)
	}
}

// close may be called twice.
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
