package http

import (
	"context"
	"io"
	"net"
	"testing"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/poll"
	"ch10/runtime"
	"ch10/tcp"
)

// fence returns when the worker is through with all events that there were before: one of its own comes after them.
func fence(t *testing.T, h *hand) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := tcp.Dial(l.Addr().(*net.TCPAddr).AddrPort())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var io runtime.IO
	b := newBell()
	h.do(func(cx *future.Context) {
		err = io.Register(cx, s, poll.Writable)
		own := cx.WithWaker(b)
		io.Wait(&own, poll.Writable)
	})
	if err != nil {
		t.Fatal(err)
	}
	<-b.rung
	h.do(func(*future.Context) { io.Deregister() })
}

// TestLastWaker polls with another waker each time: the next event wakes that one,
// and none of those before.
func TestLastWaker(t *testing.T) {
	const text = "HTTP/1.1 200 OK\r\n\r\nok"
	h := byHand(t)
	turn := make(chan struct{})
	defer close(turn)
	addr := rawServer(t, func(c *net.TCPConn) {
		for i := range text {
			<-turn
			io.WriteString(c, text[i:i+1])
		}
	})
	f := Get(addr, "/x").(*get)
	var bells []*bell
	var counts []int64
	for i := range text {
		for { // until the byte before is there
			b := newBell()
			if txt, err := pollOnce(h, f, b); err != future.NotReady {
				t.Fatalf("after %d bytes: %q, %v", i, txt, err)
			}
			bells = append(bells, b)
			if f.length() == i {
				break
			}
			<-b.rung
		}
		fence(t, h)
		counts = counts[:0]
		for _, b := range bells {
			counts = append(counts, b.wakes.Load())
		}
		turn <- struct{}{}
		last := len(bells) - 1
		for n := counts[last]; bells[last].wakes.Load() == n; {
			<-bells[last].rung
		}
		for j, b := range bells[:last] {
			if n := b.wakes.Load(); n != counts[j] {
				t.Errorf("byte %d: waker %d of %d was woken %d times more", i, j, last+1, n-counts[j])
			}
		}
	}
	for {
		b := newBell()
		txt, err := pollOnce(h, f, b)
		if err == future.NotReady {
			<-b.rung
			continue
		}
		if txt != text || err != nil {
			t.Errorf("%q, %v", txt, err)
		}
		break
	}
}

// TestOutsideOfARuntime: there is nobody to wake it, and nothing to clean up.
func TestOutsideOfARuntime(t *testing.T) {
	s := delayServer(t)
	f := Get(s.Addr(), "/0/x")
	outside := func() {
		t.Helper()
		defer func() {
			t.Helper()
			const want = "runtime: a future was polled outside of a runtime"
			if p := recover(); p != want {
				t.Errorf("%v; want the panic %q", p, want)
			}
		}()
		cx := future.NewContext(future.NoopWaker)
		f.Poll(&cx)
	}
	outside()
	drive(Get(s.Addr(), "/0/x"))
	outside() // there was a runtime, and it is gone
	future.Drop(f)
	panics(t, f)
}

// TestDroppedByShutdown: it closes the connections.
func TestDroppedByShutdown(t *testing.T) {
	leaktest.Check(t)
	arrived, gone := make(chan struct{}, 2), make(chan error, 2)
	addr := rawServer(t, func(c *net.TCPConn) {
		arrived <- struct{}{}
		gone <- closed(c)
	})
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	gets := []future.Future[string]{Get(addr, "/a"), Get(addr, "/b")}
	for _, f := range gets {
		runtime.Spawn(rt, f)
	}
	both := runtime.Blocking(func(context.Context) (struct{}, error) {
		<-arrived
		<-arrived
		return struct{}{}, nil
	})
	if _, err := runtime.BlockOn(context.Background(), rt, both); err != nil {
		t.Fatal(err)
	}
	if err := rt.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	for _, f := range gets {
		panics(t, f)
		if err := <-gone; err != nil {
			t.Errorf("at the server: %v", err)
		}
	}
}
