// Package http has a leaf future, a GET request, as http.rs in the book's code; and a small server
// ([Server]).
package http

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
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

const maxHeader = 64 << 10 // bytes

// Tests shorten these.
var (
	maxBody  = 64 << 20
	patience = 30 * time.Second // how long a server may be silent
)

// Get returns a future of the response to GET path, as the server sent it: status,
// header and body (in chunks, if the server chose that). It does nothing until it
// is polled. Then it connects,
// sends the request, and reads to the end of the stream, and none of its polls
// waits for anything: the runtime wakes it. It belongs to the runtime of its first
// poll, and must not be polled outside of one.
//
// An error names the request. There is one if the path doesn't begin with a slash,
// or has spaces or control characters; if the server can't be reached; if what it
// sends is no whole response with status 200, or is too long (64 KiB of header,
// 64 MiB of body); or if it has been silent for 30 s.
//
// Drop closes the connection.
func Get(addr netip.AddrPort, path string) future.Future[string] {
	return &get{addr: addr, path: path}
}

type get struct {
	addr   netip.AddrPort
	path   string
	stream *tcp.Stream // nil before the first poll
	done   bool
	sent   bool   // the request
	buf    []byte // what isn't sent of the request; then the response
	body   int    // where it begins in the response; 0 while that is not known

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
	case err == io.EOF:
		err = check(g.buf)
	}
	response := string(g.buf)
	g.Drop()
	if err != nil {
		return "", fmt.Errorf("GET %v%s: %w", g.addr, g.path, err)
	}
	return response, nil
}

// Drop closes the connection.
func (g *get) Drop() {
	g.done = true
	g.buf = nil
	if g.stream != nil {
		g.timer.Stop()
		g.io.Deregister()
		g.stream.Close()
		g.stream = nil
	}
}

// progress does what can be done now. It returns io.EOF at the end of the
// response, tcp.ErrWouldBlock if it has to wait, or what went wrong.
func (g *get) progress(cx *future.Context) error {
	first := g.stream == nil
	if first {
		if err := g.start(cx); err != nil {
			return err
		}
	}
	for !g.sent {
		n, err := g.stream.Write(g.buf)
		if err != nil {
			return g.wait(cx, poll.Writable, err)
		}
		g.timer.Set(cx, patience)
		if g.buf = g.buf[n:]; len(g.buf) == 0 {
			g.sent, g.buf = true, nil
			if first { // no event has been taken yet: there will be one, and it would be too early for a try to read
				return g.wait(cx, poll.Readable, tcp.ErrWouldBlock)
			}
		}
	}
	buf := buffers.Get().(*[4096]byte)
	defer buffers.Put(buf)
	for range 256 {
		n, err := g.stream.Read(buf[:])
		if err != nil {
			return g.wait(cx, poll.Readable, err)
		}
		g.timer.Set(cx, patience)
		g.buf = append(g.buf, buf[:n]...)
		if err := g.limits(n); err != nil {
			return err
		}
	}
	cx.Waker().Wake() // there may be more, but others have their turn
	return tcp.ErrWouldBlock
}

// wait has cx woken if err is that a try would block.
func (g *get) wait(cx *future.Context, i poll.Interest, err error) error {
	if err == tcp.ErrWouldBlock {
		g.io.Wait(cx, i)
	}
	return err
}

// buffers are for the time of a poll. While nothing comes, a request needs none.
var buffers = sync.Pool{New: func() any { return new([4096]byte) }}

// start begins to connect.
func (g *get) start(cx *future.Context) (err error) {
	if !valid(g.path) {
		g.path = strconv.Quote(g.path) // for the error
		return errors.New("a path begins with a slash and has no spaces or control characters")
	}
	g.buf = []byte("GET " + g.path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	if g.stream, err = tcp.Dial(g.addr); err != nil {
		return err
	}
	g.timer.Set(cx, patience)
	return g.io.Register(cx, g.stream, poll.Readable|poll.Writable)
}

// valid keeps a path from ending the request line, and from adding headers to it.
func valid(path string) bool {
	return strings.HasPrefix(path, "/") &&
		!strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

// limits is called when n bytes have been added to the response.
func (g *get) limits(n int) error {
	if g.body == 0 {
		from := max(0, len(g.buf)-n-3) // the end of the header may have begun before
		if i := bytes.Index(g.buf[from:], []byte("\r\n\r\n")); i >= 0 {
			g.body = from + i + 4
		}
	}
	switch {
	case g.body == 0 && len(g.buf) > maxHeader, g.body > maxHeader:
		return fmt.Errorf("the header is longer than %d bytes", maxHeader)
	case g.body > 0 && len(g.buf)-g.body > maxBody:
		return fmt.Errorf("the body is longer than %d bytes", maxBody)
	}
	return nil
}

// check returns what is wrong with a response, or nil if it is a whole 200.
func check(response []byte) error {
	if isPlain(response) {
		return nil
	}
	if len(response) == 0 {
		return errors.New("the server closed the connection without a response")
	}
	rest := bufio.NewReaderSize(bytes.NewReader(response), min(len(response)+1, 4096))
	r, err := http.ReadResponse(rest, nil)
	if err != nil {
		return fmt.Errorf("response: %.100w", err) // it quotes a line of any length
	}
	if !bytes.Contains(response, []byte("\r\n\r\n")) { // ReadResponse takes LF alone, too
		return errors.New("response: the lines of the header don't end in CR LF")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("body: %w", err)
	}
	if r.StatusCode != http.StatusOK {
		return fmt.Errorf("status %.100q: %q", r.Status, bytes.TrimSpace(body[:min(len(body), 100)]))
	}
	if _, err := rest.ReadByte(); err == nil {
		return errors.New("body: there is more than the header says")
	}
	return nil
}

// isPlain reports whether a response is of the kind that nearly all are: 200 OK, and as long as its
// Content-Length says. For these it takes the place of ReadResponse, which makes 2 KB of garbage
// of each; with thousands of requests at once that is a good part of all memory.
func isPlain(response []byte) bool {
	header, body, whole := bytes.Cut(response, endOfHeader)
	if !whole || len(body) > maxRequestBody { // number counts no further
		return false
	}
	status, fields, _ := bytes.Cut(header, []byte("\r\n"))
	length := -1
	for more := string(status) == "HTTP/1.1 200 OK"; more; {
		var line []byte
		line, fields, more = bytes.Cut(fields, []byte("\r\n"))
		name := span(line, inToken)
		if name == 0 || name == len(line) || line[name] != ':' || name+1+span(line[name+1:], inValue) < len(line) {
			return false
		}
		switch value := trim(line[name+1:]); {
		case isFold(line[:name], "content-length") && length < 0:
			if length = number(value); length < 0 {
				return false
			}
		case isFold(line[:name], "content-length"), isFold(line[:name], "transfer-encoding"):
			return false
		}
	}
	return length == len(body)
}
