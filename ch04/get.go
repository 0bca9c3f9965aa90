package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/netip"

	"ch04/poll"
	"ch04/tcp"
)

// A get is one request, from its connect to the end of its response. Its methods
// never wait.
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

	reads int // number of reads that returned a piece of the response
	dry   int // number of reads that would have blocked in the middle of it
}

// newGet returns a request that has not been started. path is the part of the URL
// behind the address, /1000/hello in http://localhost/1000/hello.
func newGet(addr netip.AddrPort, path string, ended func(error)) *get {
	return &get{addr: addr, path: path, ended: ended, unsent: []byte(getRequest(path))}
}

// start begins to connect, and registers the stream.
func (g *get) start(r *poll.Registry, t poll.Token) {
	var err error
	if g.stream, err = tcp.Dial(g.addr); err == nil {
		err = r.Register(g.stream, t, poll.Readable|poll.Writable)
	}
	if err != nil {
		g.finish(err)
	}
}

// progress writes and reads until that would block, or the request is done. The
// event loop calls it after each event. It calls received with each piece of the
// response.
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
			if g.isWhole() { // a server may be slow to close
				_, g.body, err = readResponse(bytes.NewReader(g.response))
				g.finish(err)
			}
		}
	}
}

// isWhole reports whether the response has come to the end that its header names. A header that is
// too long counts as an end, because readResponse returns an error for it.
func (g *get) isWhole() bool {
	unread := bytes.NewReader(g.response)
	body := bufio.NewReader(unread)
	r, err := http.ReadResponse(body, nil)
	if err != nil { // the header isn't whole
		return len(g.response) > maxHeader
	}
	return r.StatusCode/100 != 1 && r.ContentLength == int64(body.Buffered()+unread.Len())
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
