package bench

import (
	"bytes"
	"context"
	"errors"
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
	plainText  = "text/plain; charset=utf-8"
	helloThere = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
)

func served(ctx context.Context, _ *kit.Env, o order) ([]float64, error) {
	server, addr, err := startServer(ctx, o)
	if err != nil {
		return nil, err
	}
	took, failed := load(addr, helloThere, greeting, clients, o.N)
	r, err := server.stop()
	return []float64{float64(o.N) / took.Seconds(), r.CPU.Seconds() * 1e6 / float64(o.N)}, errors.Join(failed, err)
}

func startServer(ctx context.Context, o order) (*child, netip.AddrPort, error) {
	c, err := start(ctx, o)
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	var r report
	if c.out.Decode(&r) != nil {
		_, err = c.last()
	}
	return c, r.Addr, err
}

// server serves until it is to stop. Its end is the process's.
func server(o order) (r report, err error) {
	serve, over := serveOverHTTP, make(chan error)
	switch o.Side {
	case ours:
		serve = serveByTasks
	case loop:
		serve = serveByLoop
	}
	go func() { over <- serve(o) }()
	select {
	case err = <-over:
	case <-o.stop:
	}
	r.used = usage()
	return r, err
}

func (o order) listens(addr netip.AddrPort) { o.tell(report{Addr: addr}) }

func serveOverHTTP(o order) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	o.listens(l.Addr().(*net.TCPAddr).AddrPort())
	return nethttp.Serve(l, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		compute(o.Compute)
		w.Header().Set("Content-Type", plainText)
		io.WriteString(w, greeting)
	}))
}

func listen(o order) (*tcp.Listener, error) {
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err == nil {
		o.listens(l.Addr())
	}
	return l, err
}

func serveByTasks(o order) error {
	l, err := listen(o)
	if err != nil {
		return err
	}
	s := http.Server{Handler: func(*http.Request) future.Future[http.Response] { return greeter(o.Compute) }}
	return withRuntime(o, func(rt *runtime.Runtime) error {
		_, err := runtime.BlockOn(context.Background(), rt, s.Serve(l, nil))
		return err
	})
}

type greeter time.Duration

func (g greeter) Poll(*future.Context) (http.Response, error) {
	compute(time.Duration(g))
	return http.Response{Body: []byte(greeting)}, nil
}

// serveByLoop answers whatever it is asked, as load does: on one thread, with nothing between the streams and the event
// queue.
func serveByLoop(o order) error {
	l, err := listen(o)
	if err != nil {
		return err
	}
	queue, err := poll.New()
	if err != nil {
		return err
	}
	err = queue.Registry().Register(l, 0, poll.Readable|poll.Level)
	response := []byte(statusOK + "Content-Length: 5\r\nContent-Type: " + plainText + "\r\nDate: " +
		time.Now().UTC().Format(nethttp.TimeFormat) + "\r\n\r\n" + greeting)
	streams, events, buf := []*tcp.Stream{nil}, make([]poll.Event, 256), make([]byte, 4096)
	for ready := 0; err == nil; ready, err = queue.Poll(events, -1) {
		for _, e := range events[:ready] {
			if e.Token() == 0 {
				var s *tcp.Stream
				if s, err = l.AcceptStream(); err == nil {
					err = queue.Registry().Register(s, poll.Token(len(streams)), poll.Readable|poll.Level)
					streams = append(streams, s)
				}
			} else {
				err = answer(streams[e.Token()], buf, response, o.Compute)
			}
			if err != nil && err != tcp.ErrWouldBlock {
				return err
			}
		}
	}
	return err
}

func answer(s *tcp.Stream, buf, response []byte, d time.Duration) error {
	n, err := s.Read(buf)
	if err == io.EOF {
		return s.Close()
	}
	if bytes.HasSuffix(buf[:n], []byte("\r\n\r\n")) {
		compute(d)
		_, err = s.Write(response)
	}
	return err
}
