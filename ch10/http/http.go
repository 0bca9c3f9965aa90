// Package http has an HTTP client and an HTTP server, for the tasks of a [runtime.Runtime].
//
// [Get] is the client, the leaf future of the book's http.rs. It makes one GET request.
//
// A [Server] serves a [tcp.Listener]. For each [Request], its [Handler] returns a future of the [Response], so
// one goroutine can serve thousands of clients.
//
// The futures of this package, and the methods of a Request, are for tasks. Any goroutine may write to a [Log].
package http

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"ch10/future"
	"ch10/poll"
	"ch10/runtime"
	"ch10/tcp"
)

var patience = 30 * time.Second // time that a server may be silent; tests shorten it

// Get returns a future of the response to GET path. The response is status, header and body as the server at addr sent
// them, without the framing of chunks and without 1xx responses before it. The future does nothing until it
// is polled. Then it connects, sends the request, and reads to the end of the response. None of its polls
// waits, because the runtime wakes it. It belongs to the runtime of its first
// poll, and a poll outside of a runtime panics.
//
// An error begins with the request, such as "GET 127.0.0.1:8080/600/x: ". There is one in these cases:
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

	io    runtime.IO
	timer runtime.Timer // wakes when the server has been silent for too long
}

func (g *get) Poll(cx *future.Context) (string, error) {
	if g.done {
		panic(future.PolledAfterCompletion)
	}
	err := g.progress(cx)
	switch {
	case err == tcp.ErrWouldBlock && g.timer.Expired(cx):
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
		g.io.Deregister()
		g.stream.Close()
		g.stream = nil
	}
}

// progress does as much as it can without waiting. It returns nil at the end of the
// response, tcp.ErrWouldBlock if it has to wait, or the error.
func (g *get) progress(cx *future.Context) error {
	first := g.stream == nil
	if first {
		if err := g.start(cx); err != nil {
			return err
		}
	}
	for len(g.unsent) > 0 {
		n, err := g.stream.Write(g.unsent)
		if err != nil {
			return g.wait(cx, poll.Writable, err)
		}
		g.timer.Set(cx, patience)
		if g.unsent = g.unsent[n:]; len(g.unsent) == 0 {
			g.unsent = nil
			if first { // the event of the connect is yet to come, and before it a read would be in vain
				return g.wait(cx, poll.Readable, tcp.ErrWouldBlock)
			}
		}
	}
	buf := buffers.Get().(*[4096]byte)
	defer buffers.Put(buf)
	for runtime.Proceed(cx) {
		n, err := g.stream.Read(buf[:])
		if err == io.EOF {
			return g.response.end()
		} else if err != nil {
			return g.wait(cx, poll.Readable, err)
		}
		g.timer.Set(cx, patience)
		if whole, err := g.response.add(buf[:n]); whole || err != nil {
			return err
		}
	}
	return tcp.ErrWouldBlock // there may be more to read, but Proceed has woken cx for another poll
}

// wait registers cx to be woken if err is that a try would block, and returns err.
func (g *get) wait(cx *future.Context, i poll.Interest, err error) error {
	if err == tcp.ErrWouldBlock {
		g.io.Wait(cx, i)
	}
	return err
}

// buffers holds buffers between polls. A request uses one only during a poll.
var buffers = sync.Pool{New: func() any { return new([4096]byte) }}

// start begins to connect.
func (g *get) start(cx *future.Context) (err error) {
	if !valid(g.path) {
		g.path = strconv.Quote(g.path) // for the error
		return errors.New("a path begins with a slash and has no spaces or control characters")
	}
	g.unsent = []byte("GET " + g.path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	if g.stream, err = tcp.Dial(g.addr); err != nil {
		return err
	}
	g.timer.Set(cx, patience)
	return g.io.Register(cx, g.stream, poll.Readable|poll.Writable)
}

// valid reports whether path is safe in a request line. It can neither end the line nor add headers.
func valid(path string) bool {
	return strings.HasPrefix(path, "/") &&
		!strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7f })
}
