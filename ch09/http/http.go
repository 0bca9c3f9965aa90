// Package http has one leaf future: a GET request, as http.rs in the book's code.
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
	"time"

	"ch09/future"
	"ch09/poll"
	"ch09/runtime"
	"ch09/tcp"
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
// waits for anything: the reactor wakes it. It belongs to the reactor of its first
// poll, and must not be polled outside of a runtime.
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
	addr     netip.AddrPort
	path     string
	stream   *tcp.Stream // nil before the first poll
	done     bool
	unsent   []byte
	response []byte
	body     int       // where it begins in response; 0 while that is not known
	heard    time.Time // when there was progress

	reactor *runtime.EventLoop
	id      poll.Token  // at the reactor
	timer   *time.Timer // wakes when the server has been silent for too long
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
	case err == io.EOF:
		err = check(g.response)
	}
	response := g.response
	g.Drop()
	if err != nil {
		return "", fmt.Errorf("GET %v%s: %w", g.addr, g.path, err)
	}
	return string(response), nil
}

// Drop closes the connection.
func (g *get) Drop() {
	g.done = true
	g.response, g.unsent = nil, nil
	if g.stream != nil {
		g.timer.Stop()
		g.reactor.Deregister(g.stream, g.id)
		g.stream.Close()
		g.stream = nil
	}
}

// progress does what can be done now. It returns io.EOF at the end of the
// response, tcp.ErrWouldBlock if it has to wait, or what went wrong.
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
		if err != nil {
			return err
		}
		g.progressed()
		g.response = append(g.response, buf[:n]...)
		if err := g.limits(n); err != nil {
			return err
		}
	}
}

// start begins to connect, and has the reactor wake w.
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

// progressed grants the server another while.
func (g *get) progressed() {
	g.heard = time.Now()
	g.timer.Reset(patience)
}

// valid keeps a path from ending the request line, and from adding headers to it.
func valid(path string) bool {
	return strings.HasPrefix(path, "/") &&
		!strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

// limits is called when n bytes have been added to the response.
func (g *get) limits(n int) error {
	if g.body == 0 {
		from := max(0, len(g.response)-n-3) // the end of the header may have begun before
		if i := bytes.Index(g.response[from:], []byte("\r\n\r\n")); i >= 0 {
			g.body = from + i + 4
		}
	}
	switch {
	case g.body == 0 && len(g.response) > maxHeader, g.body > maxHeader:
		return fmt.Errorf("the header is longer than %d bytes", maxHeader)
	case g.body > 0 && len(g.response)-g.body > maxBody:
		return fmt.Errorf("the body is longer than %d bytes", maxBody)
	}
	return nil
}

// check returns what is wrong with a response, or nil if it is a whole 200.
func check(response []byte) error {
	if len(response) == 0 {
		return errors.New("the server closed the connection without a response")
	}
	rest := bufio.NewReader(bytes.NewReader(response))
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
