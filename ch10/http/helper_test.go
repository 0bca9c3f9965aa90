package http

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/delay"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// drive runs f on a runtime of its own.
func drive[T any](f future.Future[T]) (T, error) {
	k := &task[T]{f: f}
	run(k)
	return k.v, k.err
}

// run runs tasks, and nothing else, on one runtime.
func run[T any](tasks ...*task[T]) error {
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		panic(err)
	}
	defer rt.Shutdown(context.Background())
	done := 0
	var handles []future.Future[struct{}]
	for _, k := range tasks {
		k.done = &done
		handles = append(handles, runtime.Spawn(rt, k))
	}
	if _, err = runtime.BlockOn(context.Background(), rt, future.JoinAll(handles...)); err == nil {
		return nil
	}
	var errs []error
	for _, k := range tasks {
		errs = append(errs, k.err)
	}
	return errors.Join(errs...)
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

func (k *task[T]) Poll(cx *future.Context) (struct{}, error) {
	k.polls++
	if k.v, k.err = k.f.Poll(cx); k.err != future.NotReady {
		*k.done++
		k.place = *k.done
	}
	return struct{}{}, k.err
}

func (k *task[T]) Drop() { future.Drop(k.f) }

// A hand runs a runtime on which a test polls futures one by one, with wakers of its own.
type hand struct {
	calls chan func(cx *future.Context)
	waker future.Waker
	cx    chan *future.Context
}

// byHand returns a hand that works until the test ends.
func byHand(t *testing.T) *hand {
	t.Helper()
	leaktest.Check(t)
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := &hand{calls: make(chan func(*future.Context), 1), cx: make(chan *future.Context, 1)}
	var wg sync.WaitGroup
	wg.Go(func() { runtime.BlockOn(context.Background(), rt, h) })
	h.waker = (<-h.cx).Waker()
	t.Cleanup(func() {
		rt.Shutdown(context.Background())
		wg.Wait()
	})
	return h
}

func (h *hand) Poll(cx *future.Context) (struct{}, error) {
	if h.waker == nil {
		h.cx <- cx
	}
	for len(h.calls) > 0 {
		(<-h.calls)(cx)
	}
	return struct{}{}, future.NotReady
}

// do calls f on the worker.
func (h *hand) do(f func(cx *future.Context)) {
	done := make(chan any)
	h.calls <- func(cx *future.Context) {
		defer func() { done <- recover() }()
		f(cx)
	}
	h.waker.Wake()
	if p := <-done; p != nil {
		panic(p)
	}
}

// pollOnce polls f, which is to wake b.
func pollOnce[T any](h *hand, f future.Future[T], b *bell) (v T, err error) {
	h.do(func(cx *future.Context) {
		own := cx.WithWaker(b)
		v, err = f.Poll(&own)
	})
	return v, err
}

// length is how much has come of the response.
func (g *get) length() int { return len(g.response.text) }

func drop[T any](h *hand, f future.Future[T]) {
	h.do(func(*future.Context) { future.Drop(f) })
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
	cx := future.NewContext(future.NoopWaker)
	f.Poll(&cx)
}
