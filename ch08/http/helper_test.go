package http

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ch08/future"
	"ch08/kit/delay"
	"ch08/kit/leaktest"
	"ch08/runtime"
)

// drive runs f on an executor of its own.
func drive[T any](f future.Future[T]) (T, error) {
	k := &task[T]{f: f}
	run(k)
	return k.v, k.err
}

// run runs tasks, and nothing else, on one executor.
func run[T any](tasks ...*task[T]) error {
	ex, err := runtime.Init()
	if err != nil {
		panic(err)
	}
	done := 0
	for _, k := range tasks {
		k.done = &done
		runtime.Spawn(ex, k)
	}
	return ex.BlockOn(nothing{})
}

// A task keeps the result of its future.
type task[T any] struct {
	f     future.Future[T]
	v     T
	err   error
	polls int
	place int  // the first that is done has 1
	done  *int // how many tasks are
}

func (k *task[T]) Poll(w future.Waker) (struct{}, error) {
	k.polls++
	if k.v, k.err = k.f.Poll(w); k.err != future.NotReady {
		*k.done++
		k.place = *k.done
	}
	return struct{}{}, k.err
}

func (k *task[T]) Drop() { future.Drop(k.f) }

type nothing struct{}

func (nothing) Poll(future.Waker) (struct{}, error) { return struct{}{}, nil }

// reactor starts the reactor, for futures that the test polls by hand.
func reactor(t *testing.T) {
	t.Helper()
	leaktest.Check(t)
	ex, err := runtime.Init()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ex.BlockOn(nothing{}); err != nil {
			t.Error(err)
		}
	})
}

// A bell is a waker that counts.
type bell struct {
	wakes atomic.Int64
	rung  chan struct{} // holds a token if there was a wake since the last was taken
}

func newBell() *bell { return &bell{rung: make(chan struct{}, 1)} }

func (b *bell) Wake() {
	b.wakes.Add(1)
	select {
	case b.rung <- struct{}{}:
	default:
	}
}

func delayServer(t *testing.T) *delay.Server {
	t.Helper()
	leaktest.Check(t)
	s, err := delay.Start("127.0.0.1:0", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// rawServer takes connections until the test ends. It calls serve for each, when
// the request has arrived, and then closes the connection.
func rawServer(t *testing.T, serve func(*net.TCPConn)) netip.AddrPort {
	return server(t, func(c *net.TCPConn) {
		if readRequest(c) != "" {
			serve(c)
		}
	})
}

// readRequest returns "" if no whole request comes.
func readRequest(c *net.TCPConn) string {
	request, b := "", make([]byte, 1000)
	for !strings.HasSuffix(request, "\r\n\r\n") {
		n, err := c.Read(b)
		if err != nil {
			return ""
		}
		request += string(b[:n])
	}
	return request
}

// server is a rawServer that doesn't wait for the request.
func server(t *testing.T, serve func(*net.TCPConn)) netip.AddrPort {
	t.Helper()
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				serve(c.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func send(text string) func(*net.TCPConn) {
	return func(c *net.TCPConn) { io.WriteString(c, text) }
}

// closed waits until the peer has closed the connection. That it does is the
// test: the deadline is there to fail and not to hang.
func closed(c *net.TCPConn) error {
	c.SetReadDeadline(time.Now().Add(time.Minute))
	n, err := io.Copy(io.Discard, c)
	if n > 0 {
		return fmt.Errorf("%d bytes more from the client", n)
	}
	if e, ok := err.(net.Error); ok && e.Timeout() {
		return err
	}
	return nil // the end, or a reset
}

func panics(t *testing.T, f future.Future[string]) {
	t.Helper()
	defer func() {
		t.Helper()
		if p := recover(); p != future.PolledAfterCompletion {
			t.Errorf("%v; want the panic %q", p, future.PolledAfterCompletion)
		}
	}()
	f.Poll(future.NoopWaker)
}
