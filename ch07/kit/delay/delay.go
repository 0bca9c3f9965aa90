// Package delay is the book's delayserver: an HTTP server that is slow on
// request, so that waiting can be looked at on one machine.
//
//	GET /{delay-ms}/{message}          after the delay, 200 and the message
//	GET /{delay-ms}/{message}?size=N   the message, filled up to N bytes
//
// A delay that is no number, is negative or longer than an hour is answered
// with 400 and a line that says why; so is such a size.
package delay

import (
	"cmp"
	"context"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
)

const (
	maxDelay = time.Hour
	maxSize  = 1 << 30 // bytes
)

// A Server is a delay server that listens and serves until Close.
type Server struct {
	http    http.Server
	all     context.Context // ends at Close; the context of each request is made of it
	cancel  func()
	addr    netip.AddrPort
	log     io.Writer
	closing atomic.Bool
	served  chan struct{}  // closed when the listener's goroutine has ended
	running sync.WaitGroup // connections, and releases

	mu      sync.Mutex
	count   int     // requests so far
	hold    int     // requests that the gate waits for; 0: there is no gate
	waiting []*held // at the gate
}

// Start listens at addr ("localhost:8080"; port 0 takes a free one) and serves.
// It writes a line to log for each request as it arrives.
func Start(addr string, log io.Writer) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("delay server: %w", err)
	}
	s := &Server{log: log, addr: l.Addr().(*net.TCPAddr).AddrPort(), served: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{delay}/{message...}", s.serve)
	s.http.Handler = mux
	// A client that goes isn't always noticed, Close is.
	all, cancel := context.WithCancel(context.Background())
	s.all, s.cancel = all, cancel
	s.http.BaseContext = func(net.Listener) context.Context { return all }
	s.http.ReadHeaderTimeout = time.Minute
	s.http.ErrorLog = stdlog.New(io.Discard, "", 0) // what a client does wrong is told to the client
	s.http.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	s.http.ConnState = s.connState
	go func() {
		defer close(s.served)
		s.http.Serve(l) // ends with http.ErrServerClosed
	}()
	return s, nil
}

// Addr returns where the server listens.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Close stops the server: it closes every connection, and returns when no
// goroutine of the server runs any more.
func (s *Server) Close() error {
	s.closing.Store(true)
	s.cancel()
	err := s.http.Close()
	<-s.served
	s.running.Wait()
	return err
}

type connKey struct{}

// connState counts the connections' goroutines. The listener's reports a new
// one, so none is added after served has been closed.
func (s *Server) connState(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.running.Add(1)
		if s.closing.Load() { // Close may have looked at the list already
			c.Close()
		}
	case http.StateClosed:
		s.running.Done()
	}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	q, err := Parse(r.PathValue("delay"), r.PathValue("message"), r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	message, size := q.Message, q.Size
	s.mu.Lock()
	s.count++
	fmt.Fprintf(s.log, "#%d - %v\n", s.count, q)
	s.mu.Unlock()

	written, err := s.wait(r, q.Delay)
	if err != nil { // Close was called, or the client has left the gate
		panic(http.ErrAbortHandler) // to return would be to answer with 200 and no body
	}
	defer written()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(max(size, len(message))))
	io.WriteString(w, message)
	fill := strings.Repeat("HelloWorld", 6554) // a little over 64 KiB
	for left := size - len(message); left > 0; left -= len(fill) {
		if _, err := io.WriteString(w, fill[:min(left, len(fill))]); err != nil {
			return
		}
	}
	http.NewResponseController(w).Flush()
}

// A Request is what a client asks a delay server for.
type Request struct {
	Delay   time.Duration
	Message string
	Size    int // of the response, if that is more than the message
}

// Parse takes the parts of a request, as the package comment has them. The error is for the client.
func Parse(delay, message string, query url.Values) (Request, error) {
	ms, err := parse(delay, int(maxDelay/time.Millisecond), "delay in milliseconds")
	r := Request{Delay: time.Duration(ms) * time.Millisecond, Message: message}
	if err == nil && query.Has("size") {
		r.Size, err = parse(query.Get("size"), maxSize, "size in bytes")
	}
	return r, err
}

// String is how a server logs r.
func (r Request) String() string {
	return fmt.Sprintf("%dms: %s", r.Delay.Milliseconds(), printable(r.Message))
}

func parse(s string, limit int, what string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > limit {
		return 0, fmt.Errorf("%q: want a %s from 0 to %d", s, what, limit)
	}
	return n, nil
}

func printable(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// wait returns when it is this request's turn. The caller calls written when
// the response is out. A client that has closed its side may be gone, or want its
// response still, which can't be told apart: the response is for the second kind.
func (s *Server) wait(r *http.Request, delay time.Duration) (written func(), err error) {
	s.mu.Lock()
	if s.hold > 0 {
		return s.waitAtGate(r, delay)
	}
	s.mu.Unlock()
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return func() {}, nil
	case <-s.all.Done():
		return nil, s.all.Err()
	}
}

// Hold closes the gate, for tests that need an order without a clock. From now on
// the server holds responses until n requests have arrived. Then it answers
// those n in the order of their delays, without waiting for the delays. It writes
// each response after the one before, and after a response with "Connection:
// close" it waits until the client has closed. The next n follow in the same way.
func (s *Server) Hold(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = n
}

// held is one request at the gate.
type held struct {
	delay time.Duration
	turn  chan struct{} // closed when the answer may be written
	done  chan struct{} // closed when it has been, or the client has gone
}

// waitAtGate is called with mu locked and unlocks it.
func (s *Server) waitAtGate(r *http.Request, delay time.Duration) (written func(), err error) {
	h := &held{delay: delay, turn: make(chan struct{}), done: make(chan struct{})}
	s.waiting = append(s.waiting, h)
	if len(s.waiting) >= s.hold {
		ready := s.waiting
		s.waiting = nil
		s.running.Go(func() { release(ready) })
	}
	s.mu.Unlock()
	select {
	case <-h.turn:
	case <-r.Context().Done():
		close(h.done)
		return nil, r.Context().Err()
	}
	return func() {
		defer close(h.done)
		if r.Close {
			// The client reads to the end of the stream, uses what it got,
			// and closes the connection: that ends the request's context.
			r.Context().Value(connKey{}).(*net.TCPConn).CloseWrite()
			<-r.Context().Done()
		}
	}, nil
}

// release lets requests go, in the order of their delays.
func release(ready []*held) {
	slices.SortStableFunc(ready, func(a, b *held) int { return cmp.Compare(a.delay, b.delay) })
	for _, h := range ready {
		close(h.turn)
		<-h.done
	}
}
