package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/netip"
	"time"

	"ch10/future"
	"ch10/http"
	"ch10/kit"
	"ch10/poll"
	"ch10/runtime"
	"ch10/tcp"
)

// serve has two processes. The child is the server that is measured, and the parent starts it and is all clients.

const (
	clients    = 128
	greeting   = "hello"
	helloThere = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
	statusOK   = "HTTP/1.1 200 OK\r\n"
)

func served(ctx context.Context, _ *kit.Env, n int, s side) ([]float64, error) {
	server, err := start(ctx, order{Work: "server", Side: s})
	if err != nil {
		return nil, err
	}
	var addr netip.AddrPort
	if err := server.out.Decode(&addr); err != nil {
		return nil, server.end(err)
	}
	took, err := load(addr, n)
	u, failed := server.stop()
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	return []float64{float64(n) / took.Seconds(), u.CPU.Seconds() * 1e6 / float64(n)}, nil
}

func greetingServer(o order) (addr any, stop func() error, err error) {
	if o.Side == ours {
		return serveTasks()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	s := nethttp.Server{Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, greeting)
	})}
	go s.Serve(l)
	return l.Addr().(*net.TCPAddr).AddrPort(), s.Close, nil
}

func serveTasks() (addr any, stop func() error, err error) {
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		return nil, nil, err
	}
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		return nil, nil, err
	}
	s := http.Server{Handler: func(*http.Request) future.Future[http.Response] { return greeted{} }}
	go runtime.BlockOn(context.Background(), rt, s.Serve(l, nil))
	return l.Addr(), func() error { return rt.Shutdown(context.Background()) }, nil
}

type greeted struct{}

func (greeted) Poll(*future.Context) (http.Response, error) {
	return http.Response{Body: []byte(greeting)}, nil
}

// load makes n requests, and returns how long it takes. It has one thread and nothing between the clients and the
// event queue: they are to take less time than the server does. The events are level-triggered, so that a read which
// got a response needn't be followed by one that gets nothing.
func load(addr netip.AddrPort, n int) (time.Duration, error) {
	queue, err := poll.New()
	if err != nil {
		return 0, err
	}
	defer queue.Close()
	events := make([]poll.Event, clients)
	wait := func() ([]poll.Event, error) {
		n, err := queue.Poll(events, patience)
		if err == nil && n == 0 {
			err = errors.New("nothing from the server")
		}
		return events[:n], err
	}
	all := make([]client, min(clients, n))
	for i := range all {
		s, err := tcp.Dial(addr)
		if err != nil {
			return 0, err
		}
		defer s.Close()
		all[i].stream = s
		// One after the other, and no token twice: clients+i is connected.
		if err = queue.Registry().Register(s, poll.Token(i), poll.Writable|poll.Level); err == nil {
			_, err = wait()
		}
		err = errors.Join(err, queue.Registry().Deregister(s),
			queue.Registry().Register(s, poll.Token(clients+i), poll.Readable|poll.Level))
		if err != nil {
			return 0, err
		}
	}
	begin := time.Now()
	for i := range all {
		if err := all[i].send(); err != nil {
			return 0, err
		}
	}
	unsent, buf := n-len(all), make([]byte, 4096)
	for unanswered := n; unanswered > 0; {
		ready, err := wait()
		if err != nil {
			return 0, err
		}
		for _, e := range ready {
			c := &all[e.Token()-clients]
			k, err := c.stream.Read(buf)
			if err == tcp.ErrWouldBlock {
				continue
			}
			whole := false
			if err == nil {
				whole, err = c.received(buf[:k])
			}
			if whole {
				unanswered--
				if unsent > 0 {
					unsent--
					err = c.send()
				}
			}
			if err != nil {
				return 0, err
			}
		}
	}
	return time.Since(begin), nil
}

type client struct {
	stream *tcp.Stream
	got    []byte // of a response that isn't whole
}

func (c *client) send() error {
	n, err := c.stream.Write([]byte(helloThere))
	if err == nil && n < len(helloThere) {
		err = io.ErrShortWrite
	}
	return err
}

// received reports whether b was the last of a response.
func (c *client) received(b []byte) (whole bool, err error) {
	c.got = append(c.got, b...)
	header, body, _ := bytes.Cut(c.got, []byte("\r\n\r\n"))
	switch {
	case len(body) < len(greeting) && len(c.got) < 4096:
		return false, nil
	case string(body) != greeting || !bytes.HasPrefix(header, []byte(statusOK)):
		return false, fmt.Errorf("a response that isn't the right one: %.200q", c.got)
	}
	c.got = c.got[:0]
	return true, nil
}
