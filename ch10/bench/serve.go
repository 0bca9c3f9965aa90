package bench

import (
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
	"ch10/runtime"
	"ch10/tcp"
)

// serve has two processes. The child is the server that is measured, and the parent starts it and is all clients.

const (
	clients   = 128
	greeting  = "hello"
	plainText = "text/plain; charset=utf-8"
)

var helloThere = []byte("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")

func served(ctx context.Context, _ *kit.Env, o order) ([]float64, error) {
	server, addr, err := startServer(ctx, o)
	if err != nil {
		return nil, err
	}
	took, failed := load(addr, helloThere, greeting, clients, o.N)
	server.stdin.Close() // which stops it
	figures, err := server.figures()
	return append([]float64{float64(o.N) / took.Seconds()}, figures...), errors.Join(failed, err)
}

func startServer(ctx context.Context, o order) (c *child, addr netip.AddrPort, err error) {
	if c, err = start(ctx, o); err != nil {
		return nil, addr, err
	}
	if c.out.Decode(&addr) != nil {
		c.stdin.Close()
		_, err = c.figures()
	}
	return c, addr, err
}

// server serves until it is to stop. Its end is the process's.
func server(o order) (figures []float64, err error) {
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
	case <-o.gone:
	}
	return []float64{microseconds(usage().CPU, o.N)}, err
}

func serveOverHTTP(o order) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	o.tell(l.Addr().(*net.TCPAddr).AddrPort())
	return nethttp.Serve(l, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		compute(o.Compute)
		w.Header().Set("Content-Type", plainText)
		io.WriteString(w, greeting)
	}))
}

func listen(o order) (*tcp.Listener, error) {
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err == nil {
		o.tell(l.Addr())
	}
	return l, err
}

func serveByTasks(o order) error {
	l, err := listen(o)
	if err != nil {
		return err
	}
	s := http.Server{Handler: func(*http.Request) future.Future[http.Response] { return greeter(o.Compute) }}
	_, err = withRuntime(o, func(rt *runtime.Runtime) (struct{}, error) {
		return runtime.BlockOn(context.Background(), rt, s.Serve(l, nil))
	})
	return err
}

type greeter time.Duration

func (g greeter) Poll(*future.Context) (http.Response, error) {
	compute(time.Duration(g))
	return http.Response{Body: []byte(greeting)}, nil
}
