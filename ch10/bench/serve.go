package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/netip"
	"strconv"
	"time"

	"ch10/future"
	"ch10/http"
	"ch10/kit"
	"ch10/poll"
	"ch10/runtime"
	"ch10/tcp"
)

// serve has three processes: the server that is measured, the clients, and who asks them.

const (
	clients    = 128
	greeting   = "hello"
	helloThere = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
)

// served is a job's measure.
func served(ctx context.Context, _ *kit.Env, n int, s side) ([]float64, error) {
	server, addr, err := startServer(ctx, "server", s)
	if err != nil {
		return nil, err
	}
	var took time.Duration
	err = ask(ctx, &took, "clients", addr, n)
	u, failed := server.stop()
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	return []float64{float64(n) / took.Seconds(), u.CPU.Seconds() * 1e6 / float64(n)}, nil
}

// greetingServer is a server. Its word is which side.
func greetingServer(words []string) (netip.AddrPort, func() error, error) {
	if side(words[0]) == ours {
		return serveTasks()
	}
	return serveGoroutines()
}

type greeted struct{}

func (greeted) Poll(*future.Context) (http.Response, error) {
	return http.Response{Body: []byte(greeting)}, nil
}

func serveTasks() (addr netip.AddrPort, stop func() error, err error) {
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		return addr, nil, err
	}
	l, err := tcp.Listen(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0))
	if err != nil {
		return addr, nil, errors.Join(err, rt.Shutdown(context.Background()))
	}
	s := http.Server{Handler: func(*http.Request) future.Future[http.Response] { return greeted{} }}
	over := make(chan error, 1)
	go func() {
		_, err := runtime.BlockOn(context.Background(), rt, s.Serve(l, nil))
		over <- err
	}()
	return l.Addr(), func() error {
		err := rt.Shutdown(context.Background())
		if e := <-over; e != runtime.ErrShutdown {
			err = errors.Join(err, e)
		}
		return err
	}, nil
}

func serveGoroutines() (addr netip.AddrPort, stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return addr, nil, err
	}
	s := nethttp.Server{Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, greeting)
	})}
	over := make(chan error, 1)
	go func() { over <- s.Serve(l) }()
	return l.Addr().(*net.TCPAddr).AddrPort(), func() error {
		err := s.Close()
		if e := <-over; e != nethttp.ErrServerClosed {
			err = errors.Join(err, e)
		}
		return err
	}, nil
}

// A load is many clients on one thread, with nothing between them and the event queue: they are to take less time than
// the server does. The events are level-triggered, so that a read which got a response needn't be followed by one
// that gets nothing.
type load struct {
	queue      *poll.Poll
	clients    []client
	unsent     int // requests
	unanswered int
	buf        [4096]byte
}

type client struct {
	stream *tcp.Stream
	length int    // of each response; 0: the first hasn't been there
	got    []byte // of a response that isn't whole
}

// runLoad is a worker. Its words are: the address, how many requests.
func runLoad(words []string) (any, error) {
	addr, err := netip.ParseAddrPort(words[0])
	n, err2 := strconv.Atoi(words[1])
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	queue, err := poll.New()
	if err != nil {
		return nil, err
	}
	defer queue.Close()
	l := load{queue: queue, clients: make([]client, min(clients, n)), unsent: n, unanswered: n}
	begin := time.Now()
	for i := range l.clients {
		s, err := tcp.Dial(addr)
		if err != nil {
			return nil, err
		}
		defer s.Close()
		l.clients[i].stream = s
		if err := queue.Registry().Register(s, poll.Token(i), poll.Writable|poll.Level); err != nil {
			return nil, err
		}
	}
	events := make([]poll.Event, clients)
	for l.unanswered > 0 {
		n, err := queue.Poll(events, getPatience)
		if err == nil && n == 0 {
			err = errors.New("nothing from the server")
		}
		for _, e := range events[:n] {
			err = errors.Join(err, l.event(e))
		}
		if err != nil {
			return nil, err
		}
	}
	return time.Since(begin), nil
}

// event goes on with a client. Its token is its index; when it is connected, that and the number of
// clients, since no token is used twice.
func (l *load) event(e poll.Event) error {
	i := int(e.Token())
	if i < len(l.clients) {
		s := l.clients[i].stream
		if err := l.queue.Registry().Deregister(s); err != nil {
			return err
		}
		if err := l.queue.Registry().Register(s, poll.Token(i+len(l.clients)), poll.Readable|poll.Level); err != nil {
			return err
		}
		return l.send(s)
	}
	c := &l.clients[i-len(l.clients)]
	n, err := c.stream.Read(l.buf[:])
	switch {
	case err == tcp.ErrWouldBlock:
		return nil
	case err != nil:
		return err
	}
	whole, err := c.received(l.buf[:n])
	if !whole {
		return err
	}
	l.unanswered--
	return l.send(c.stream)
}

func (l *load) send(s *tcp.Stream) error {
	if l.unsent == 0 {
		return nil
	}
	l.unsent--
	n, err := s.Write([]byte(helloThere))
	if err == nil && n < len(helloThere) {
		err = io.ErrShortWrite
	}
	return err
}

// received reports whether the response is whole. The first is looked at closely; the others have to be as long as that.
func (c *client) received(b []byte) (whole bool, err error) {
	if len(c.got) > 0 || len(b) < c.length || c.length == 0 {
		c.got = append(c.got, b...)
		b = c.got
	}
	if c.length == 0 {
		c.length = responseLength(b)
	}
	switch {
	case c.length == 0 && len(b) < 4096 || len(b) < c.length:
		return false, nil
	case len(b) > c.length,
		!bytes.HasPrefix(b, []byte("HTTP/1.1 200 OK\r\n")),
		!bytes.HasSuffix(b, []byte("\r\n\r\n"+greeting)):
		return false, fmt.Errorf("a response that isn't the right one: %.200q", b)
	}
	c.got = c.got[:0]
	return true, nil
}

// responseLength returns 0 if b isn't a whole response.
func responseLength(b []byte) int {
	rest := bytes.NewReader(b)
	buffered := bufio.NewReader(rest)
	r, err := nethttp.ReadResponse(buffered, nil)
	if err != nil {
		return 0
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return 0
	}
	return len(b) - rest.Len() - buffered.Buffered()
}
