// Package http has one leaf future, a GET request, as http.rs in the book's code.
package http

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ch09/future"
	"ch09/poll"
	"ch09/runtime"
	"ch09/tcp"
)

var patience = 30 * time.Second // time that a server may be silent; tests shorten it

// Get returns a future of the response to GET path. The response is status, header and body as the server sent
// them, without the framing of chunks and without 1xx responses before it. The future does nothing until it
// is polled. Then it connects, sends the request, and reads to the end of the response. None of its polls
// waits, because the reactor wakes it. It belongs to the reactor of its first
// poll, and must not be polled outside of a runtime.
//
// An error names the request. There is one in these cases:
//   - the path doesn't begin with a slash, or has spaces or control characters
//   - the server can't be reached, or has been silent for 30 s
//   - the response isn't whole, or its status isn't 200
//   - the header is longer than 64 KiB, or the body longer than 64 MiB
//
// Drop closes the connection.
func Get(addr netip.AddrPort, path string) future.Future[string] {
	return &get{addr: addr, path: path}
}

type get struct {
	addr     netip.AddrPort
	path     string
	stream   *tcp.Stream // nil before the first poll
	done     bool
	unsent   []byte
	response response
	heard    time.Time // time of the last progress

	reactor *runtime.EventLoop
	id      poll.Token  // at the reactor
	timer   *time.Timer // wakes the task when the server has been silent for too long
}

func (g *get) Poll(w future.Waker) (string, error) {
	if g.done {
		panic(future.PolledAfterCompletion)
	}
	err := g.progress(w)
	switch {
	case err == tcp.ErrWouldBlock && time.Since(g.heard) >= patience:
		err = fmt.Errorf("nothing from the server in %v", patience)
	case err == tcp.ErrWouldBlock:
		return "", future.NotReady
	}
	text := g.response.text
	g.Drop()
	if err != nil {
		return "", fmt.Errorf("GET %v%s: %w", g.addr, g.path, err)
	}
	return string(text), nil
}

// Drop closes the connection.
func (g *get) Drop() {
	g.done = true
	g.response, g.unsent = response{}, nil
	if g.stream != nil {
		g.timer.Stop()
		g.reactor.Deregister(g.stream, g.id)
		g.stream.Close()
		g.stream = nil
	}
}

// progress does as much as it can without waiting. It returns nil at the end of the
// response, tcp.ErrWouldBlock if it has to wait, or the error.
func (g *get) progress(w future.Waker) error {
	if g.stream == nil {
		if err := g.start(w); err != nil {
			return err
		}
	} else if err := g.reactor.SetWaker(w, g.id); err != nil {
		return err
	}
	for len(g.unsent) > 0 {
		n, err := g.stream.Write(g.unsent)
		if err != nil {
			return err
		}
		g.unsent = g.unsent[n:]
		g.progressed()
	}
	buf := make([]byte, 4096)
	for {
		n, err := g.stream.Read(buf)
		if err == io.EOF {
			return g.response.end()
		} else if err != nil {
			return err
		}
		g.progressed()
		if whole, err := g.response.add(buf[:n]); whole || err != nil {
			return err
		}
	}
}

// start begins to connect, and registers w with the reactor.
func (g *get) start(w future.Waker) (err error) {
	if !valid(g.path) {
		g.path = strconv.Quote(g.path) // for the error
		return errors.New("a path begins with a slash and has no spaces or control characters")
	}
	g.unsent = []byte("GET " + g.path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	g.reactor = runtime.Reactor()
	g.id = g.reactor.NextID()
	if g.stream, err = tcp.Dial(g.addr); err != nil {
		return err
	}
	g.heard = time.Now() // before the timer's clock starts, or its wake would come too early
	g.timer = time.AfterFunc(patience, func() { g.reactor.Wake(g.id) })
	if err := g.reactor.SetWaker(w, g.id); err != nil {
		return err
	}
	return g.reactor.Register(g.stream, poll.Readable|poll.Writable, g.id)
}

// progressed grants the server another 30 s.
func (g *get) progressed() {
	g.heard = time.Now()
	g.timer.Reset(patience)
}

// valid reports whether path is safe in a request line. It can neither end the line nor add headers.
func valid(path string) bool {
	return strings.HasPrefix(path, "/") &&
		!strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7f })
}
