package http

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
	"ch10/tcp"
)

// A signal is a future that is done when it has been given. One task waits for it.
type signal struct {
	given  atomic.Bool
	waiter atomic.Pointer[future.Context]
}

func (s *signal) Poll(cx *future.Context) (none struct{}, err error) {
	s.waiter.Store(cx)
	if s.given.Load() {
		return none, nil
	}
	return none, future.NotReady
}

func (s *signal) give() {
	s.given.Store(true)
	if cx := s.waiter.Load(); cx != nil {
		cx.Waker().Wake()
	}
}

// A held is the answer to /wait: the test lets it go. It tells when it is polled first, and dropped.
type held struct {
	signal
	r               *Request
	polled, dropped chan struct{}
}

func (h *held) Poll(cx *future.Context) (Response, error) {
	_, err := h.signal.Poll(cx)
	select {
	case <-h.polled:
	default:
		close(h.polled)
	}
	return Response{Body: append([]byte("at last"), h.r.Body...)}, err
}

func (h *held) Drop() { close(h.dropped) }

// A panicking future does so when it is polled.
type panicking struct{ dropped *atomic.Int64 }

func (panicking) Poll(*future.Context) (Response, error) { panic("broken future") }
func (b panicking) Drop()                                { b.dropped.Add(1) }

// A result is a future that is done.
type result struct {
	r   Response
	err error
}

func (r result) Poll(*future.Context) (Response, error) { return r.r, r.err }

var filler = bytes.Repeat([]byte("HelloWorld"), 6554)

// A testServer is a Server on a runtime of its own.
type testServer struct {
	t       *testing.T
	addr    netip.AddrPort
	stop    signal
	cancel  func()        // drops Serve's future
	over    chan struct{} // closed when BlockOn has returned
	err     error         // what it has returned
	rt      *runtime.Runtime
	serving *serving   // not to be looked at before it is over
	waiting chan *held // one for each /wait
	dropped atomic.Int64

	mu  sync.Mutex
	log bytes.Buffer
}

func (s *testServer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(b)
}

func (s *testServer) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

var workers = flag.Int("workers", 1, "how many the runtimes of the servers have")

// start serves until the test is over.
func start(t *testing.T, options Server) *testServer {
	t.Helper()
	s, serve := listen(t, options)
	serve()
	return s
}

// listen does the same when serve is called. Before that clients may connect and send, so that the server finds the
// requests of new connections, however slow this test is.
func listen(t *testing.T, options Server) (s *testServer, serve func()) {
	t.Helper()
	leaktest.Check(t)
	rt, err := runtime.New(runtime.Options{Workers: *workers})
	if err != nil {
		t.Fatal(err)
	}
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	s = &testServer{t: t, addr: l.Addr(), over: make(chan struct{}), rt: rt, waiting: make(chan *held, 1000)}
	options.Handler, options.Log = s.handle, s
	options.Grace = cmp.Or(options.Grace, time.Hour) // no test waits for that
	f := options.Serve(l, &s.stop)
	s.serving = f.(*serving)
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	t.Cleanup(func() {
		cancel()
		s.wait()
		rt.Shutdown(context.Background())
	})
	return s, func() {
		go func() {
			defer close(s.over)
			_, s.err = runtime.BlockOn(ctx, rt, f)
		}()
	}
}

// wait waits until Serve's future is done, or dropped.
func (s *testServer) wait() {
	s.t.Helper()
	select {
	case <-s.over:
	case <-time.After(time.Minute):
		s.t.Fatal("the server goes on")
	}
}

func (s *testServer) handle(r *Request) future.Future[Response] {
	path, query, _ := strings.Cut(r.Target, "?")
	switch path {
	case "/echo":
		return result{r: Response{Type: "x/y", Body: fmt.Appendf(nil, "%s %s %s", r.Method, query, r.Body)}}
	case "/blocking":
		body := bytes.Clone(r.Body)
		return runtime.Blocking(func(context.Context) (Response, error) { return Response{Body: body}, nil })
	case "/wait":
		h := &held{r: r, polled: make(chan struct{}), dropped: make(chan struct{})}
		s.waiting <- h
		return h
	case "/big":
		n, _ := strconv.Atoi(query)
		return result{r: Response{Body: bytes.Repeat([]byte{'x'}, n)}}
	case "/status":
		n, _ := strconv.Atoi(query)
		return result{r: Response{Status: n, Body: []byte("body")}}
	case "/fill":
		n, _ := strconv.Atoi(query)
		return result{r: Response{Length: n, More: func(from int) []byte { return filler[from%10:] }}}
	case "/fields":
		return result{r: Response{
			Fields: []Field{{"X-Was", r.Field("x-field")}, {"X-Was-Not", r.Field("x-fiel")}},
			Body:   fmt.Append(nil, slices.Collect(maps.Keys(maps.Collect(r.Fields()))), r.RemoteAddr()),
		}}
	case "/bad-field":
		name, value, _ := strings.Cut(query, "=")
		value, _ = url.QueryUnescape(value)
		return result{r: Response{Fields: []Field{{name, value}}}}
	case "/short":
		return result{r: Response{Length: 10}}
	case "/type-nul":
		return result{r: Response{Type: "a\x00b"}}
	case "/type":
		return result{r: Response{Type: "a\r\nb: c"}}
	case "/later":
		began = began.Add(-50 * time.Second) // of 75
		return result{}
	case "/fail":
		return result{err: errors.New("no such luck")}
	case "/panic":
		panic("broken handler")
	case "/panic-later":
		return panicking{&s.dropped}
	case "/nil":
		return nil
	}
	return result{r: Response{Status: http.StatusNotFound}}
}

// A peer is a client that can do everything wrong.
type peer struct {
	*net.TCPConn
	t *testing.T
	r *bufio.Reader
}

func (s *testServer) dial() *peer {
	s.t.Helper()
	c, err := net.Dial("tcp", s.addr.String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute)) // to fail and not to hang
	return &peer{c.(*net.TCPConn), s.t, bufio.NewReader(c)}
}

func (p *peer) send(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p, text); err != nil {
		p.t.Error(err)
	}
}

func ask(target string) string { return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n" }

// response reads one, and returns it with its body.
func (p *peer) response(method string) (*http.Response, string) {
	p.t.Helper()
	r, err := http.ReadResponse(p.r, &http.Request{Method: method})
	if err != nil {
		p.t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Fatalf("body: %v", err)
	}
	if _, err := http.ParseTime(r.Header.Get("Date")); err != nil {
		p.t.Error(err)
	}
	return r, string(body)
}

func (p *peer) want(status int, body string) *http.Response {
	p.t.Helper()
	r, got := p.response("GET")
	if r.StatusCode != status || got != body {
		p.t.Errorf("%s %.100q; want %d %.100q", r.Status, got, status, body)
	}
	return r
}

// end is what the server has to do next.
func (p *peer) end() {
	p.t.Helper()
	if b, err := p.r.ReadByte(); err != io.EOF {
		p.t.Errorf("%q, %v; want the end of the connection", b, err)
	}
}

// works shows that the server does.
func (s *testServer) works() {
	s.t.Helper()
	p := s.dial()
	p.send(ask("/echo?still"))
	p.want(200, "GET still ")
	p.Close()
}

// set changes a variable for the time of the test. It comes before the server is started.
func set[T any](t *testing.T, v *T, to T) {
	before := *v
	*v = to
	t.Cleanup(func() { *v = before })
}
