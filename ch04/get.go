package main

import (
	"bytes"
	"io"
	"net/netip"

	"ch04/poll"
	"ch04/tcp"
)

// A get is one request, from its connect to the end of its response. No method
// of it waits.
type get struct {
	addr     netip.AddrPort
	path     string
	ended    func(error) // called once, when done, with err
	stream   *tcp.Stream
	unsent   []byte
	response []byte
	done     bool
	body     []byte // of the response, when done and err is nil
	err      error

	reads int // that returned a piece of the response
	dry   int // that would have blocked in the middle of it
}

// newGet returns a request that has not been started. path is all of the URL
// that follows the address: http://localhost/1000/hello => /1000/hello
func newGet(addr netip.AddrPort, path string, ended func(error)) *get {
	return &get{addr: addr, path: path, ended: ended, unsent: []byte(getRequest(path))}
}

// start begins to connect, and asks for the events.
func (g *get) start(r *poll.Registry, t poll.Token) {
	var err error
	if g.stream, err = tcp.Dial(g.addr); err == nil {
		err = r.Register(g.stream, t, poll.Readable|poll.Writable)
	}
	if err != nil {
		g.finish(err)
	}
}

// progress does what can be done now: it is called after each event, and tells
// received of each piece of the response.
func (g *get) progress(received func(piece []byte)) {
	for len(g.unsent) > 0 {
		n, err := g.stream.Write(g.unsent)
		if err != nil {
			if err != tcp.ErrWouldBlock {
				g.finish(err)
			}
			return
		}
		g.unsent = g.unsent[n:]
	}
	buf := make([]byte, 4096)
	for !g.done {
		n, err := g.stream.Read(buf)
		switch {
		case err == tcp.ErrWouldBlock:
			if g.reads > 0 {
				g.dry++
			}
			return
		case err == io.EOF:
			_, g.body, err = readResponse(bytes.NewReader(g.response))
			g.finish(err)
		case err != nil:
			g.finish(err)
		case len(g.response)+n > maxResponse:
			g.finish(errTooLong)
		default:
			g.reads++
			g.response = append(g.response, buf[:n]...)
			received(buf[:n])
		}
	}
}

// finish ends the request, with its response or with an error. The second call
// does nothing.
func (g *get) finish(err error) {
	if g.done {
		return
	}
	g.done = true
	if g.stream != nil {
		g.stream.Close()
	}
	if err != nil {
		g.err = getError(g.addr, g.path, err)
	}
	g.ended(g.err)
}
