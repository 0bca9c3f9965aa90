package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"time"

	"ch04/poll"
	"ch04/tcp"
)

const maxResponse = 64 << 20 // bytes

// patience is how long a server may take beyond the delay that it was asked for.
var patience = 30 * time.Second

// A get is one request, from its connect to the end of its response. No method
// of it waits.
type get struct {
	addr     netip.AddrPort
	path     string
	stream   *tcp.Stream
	unsent   []byte
	response []byte
	done     bool
	body     string // of the response, when done and err is nil
	err      error

	reads int // that returned a piece of the response
	dry   int // that would have blocked in the middle of it
}

// newGet returns a request that has not been started. path is all of the URL
// that follows the address: http://localhost/1000/hello => /1000/hello
func newGet(addr netip.AddrPort, path string) *get {
	return &get{addr: addr, path: path, unsent: []byte(getRequest(path))}
}

func getRequest(path string) string {
	return "GET " + path + " HTTP/1.1\r\n" +
		"Host: localhost\r\n" +
		"Connection: close\r\n" +
		"\r\n"
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
// received of each piece of the response. A call after the end does nothing.
func (g *get) progress(received func(piece []byte)) {
	if g.done {
		return
	}
	for len(g.unsent) > 0 {
		n, err := g.stream.Write(g.unsent)
		if err == tcp.ErrWouldBlock {
			return
		}
		if err != nil {
			g.finish(err)
			return
		}
		g.unsent = g.unsent[n:]
	}
	buf := make([]byte, 4096)
	for {
		n, err := g.stream.Read(buf)
		switch {
		case err == tcp.ErrWouldBlock:
			if g.reads > 0 {
				g.dry++
			}
			return
		case err == io.EOF:
			g.body, err = parseResponse(g.response)
			g.finish(err)
			return
		case err == nil && len(g.response)+n > maxResponse:
			err = fmt.Errorf("the response is longer than %d bytes", maxResponse)
		}
		if err != nil {
			g.finish(err)
			return
		}
		g.reads++
		g.response = append(g.response, buf[:n]...)
		received(buf[:n])
	}
}

// finish ends the request, with its response or with an error.
func (g *get) finish(err error) {
	g.done = true
	if g.stream != nil {
		g.stream.Close()
	}
	if err != nil {
		g.err = getError(g.addr, g.path, err)
	}
}

func getError(addr netip.AddrPort, path string, err error) error {
	return fmt.Errorf("GET %v%s: %w", addr, path, err)
}

// parseResponse returns the body of a whole response, which must be a 200.
func parseResponse(response []byte) (string, error) {
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(response)), nil)
	if err != nil {
		if len(response) == 0 {
			err = errors.New("the server closed the connection without a response")
		}
		return "", err
	}
	body, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", r.Status, bytes.TrimSpace(body[:min(len(body), 100)]))
	}
	return string(body), err
}
