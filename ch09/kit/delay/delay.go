// Package delay is the book's delayserver, an HTTP server that is slow on
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
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

const (
	maxDelay = time.Hour
	maxSize  = 1 << 30 // bytes
)

// A Server is a delay server that listens and serves until Close.
type Server struct {
	http   httptest.Server // whose Close waits for the goroutines of its connections
	all    context.Context // ends at Close; the context of each request is made of it
	cancel func()
	log    io.Writer

	mu      sync.Mutex
	count   int    // requests so far
	hold    int    // requests that the gate waits for; 0: there is no gate
	waiting []held // at the gate
}

// held is a request that waits for its turn.
type held struct {
	delay time.Duration
	turn  chan struct{} // closed when the response may be written
	done  chan struct{} // closed when it has been, or the client has gone
}

// Start listens at addr ("localhost:8080"; port 0 takes a free one) and serves.
// It writes a line to log for each request as it arrives.
func Start(addr string, log io.Writer) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("delay server: %w", err)
	}
	s := &Server{log: log}
	s.all, s.cancel = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{delay}/{message...}", s.serve)
	s.http.Listener = l
	s.http.Config = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          stdlog.New(io.Discard, "", 0), // the response tells the client of its errors
		// net/http doesn't always notice that a client has gone, so the requests' contexts end at Close, too.
		BaseContext: func(net.Listener) context.Context { return s.all },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
	}
	s.http.Start()
	return s, nil
}

type connKey struct{}

// Addr returns where the server listens.
func (s *Server) Addr() netip.AddrPort { return s.http.Listener.Addr().(*net.TCPAddr).AddrPort() }

// Close closes the listener and every connection. It returns when no request is
// being served.
func (s *Server) Close() error {
	s.cancel()
	err := s.http.Config.Close() // httptest's Close leaves a connection open that has a request
	s.http.Close()
	return err
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	q, err := Parse(r.PathValue("delay"), r.PathValue("message"), r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	h := held{q.Delay, make(chan struct{}), make(chan struct{})}
	defer close(h.done)
	gated := s.arrive(q, h)
	// A client that has closed its side may be gone, or may still want its response. The server can't
	// tell which, and responds. At the gate such a client counts as gone.
	gone := s.all.Done()
	if gated {
		gone = r.Context().Done()
	}
	select {
	case <-h.turn:
	case <-gone:
		panic(http.ErrAbortHandler) // to return would be to answer with 200 and no body
	}

	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(max(q.Size, len(q.Message))))
	io.WriteString(w, q.Message)
	fill := strings.Repeat("HelloWorld", 6554) // a little over 64 KiB
	for left := q.Size - len(q.Message); left > 0; left -= len(fill) {
		if _, err := io.WriteString(w, fill[:min(left, len(fill))]); err != nil {
			return
		}
	}
	http.NewResponseController(w).Flush()
	if gated && r.Close {
		// The client reads to the end of the stream, uses what it got, and closes
		// the connection, which ends the request's context.
		r.Context().Value(connKey{}).(*net.TCPConn).CloseWrite()
		<-r.Context().Done()
	}
}

// arrive logs q, and arranges for h's turn.
func (s *Server) arrive(q Request, h held) (gated bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	fmt.Fprintf(s.log, "#%d - %v\n", s.count, q)
	if s.hold == 0 {
		time.AfterFunc(h.delay, func() { close(h.turn) })
		return false
	}
	s.waiting = append(s.waiting, h)
	if len(s.waiting) >= s.hold {
		go release(s.waiting)
		s.waiting = nil
	}
	return true
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

// release gives each request its turn, in the order of their delays.
func release(ready []held) {
	slices.SortStableFunc(ready, func(a, b held) int { return cmp.Compare(a.delay, b.delay) })
	for _, h := range ready {
		close(h.turn)
		<-h.done
	}
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
