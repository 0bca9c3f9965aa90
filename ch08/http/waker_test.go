package http

import (
	"fmt"
	"io"
	"net"
	"testing"

	"ch08/future"
	"ch08/kit/leaktest"
	"ch08/poll"
	"ch08/runtime"
	"ch08/tcp"
)

// fence returns when the reactor is through with all wakes that it began before:
// an event of its own comes after them.
func fence(t *testing.T) {
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
	r, b := runtime.Reactor(), newBell()
	id := r.NextID()
	r.SetWaker(b, id)
	if err := r.Register(s, poll.Writable, id); err != nil {
		t.Fatal(err)
	}
	<-b.rung
	r.Deregister(s, id)
}

// TestLastWaker polls with another waker each time: the next event wakes that one,
// and none of those before.
func TestLastWaker(t *testing.T) {
	const text = "HTTP/1.1 200 OK\r\n\r\nok"
	reactor(t)
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
			if txt, err := f.Poll(b); err != future.NotReady {
				t.Fatalf("after %d bytes: %q, %v", i, txt, err)
			}
			bells = append(bells, b)
			if len(f.response.text) == i {
				break
			}
			<-b.rung
		}
		fence(t)
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
		txt, err := f.Poll(b)
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
			const want = "runtime: a future was polled outside of a runtime: Init comes first"
			if p := recover(); p != want {
				t.Errorf("%v; want the panic %q", p, want)
			}
		}()
		f.Poll(future.NoopWaker)
	}
	outside()
	drive(Get(s.Addr(), "/0/x"))
	outside() // there was a runtime, and it is gone
	future.Drop(f)
	panics(t, f)
}

// boom panics when two requests have arrived.
type boom struct {
	arrived chan struct{}
	begun   bool
}

func (f *boom) Poll(w future.Waker) (struct{}, error) {
	if f.begun {
		panic("boom")
	}
	f.begun = true
	go func() {
		<-f.arrived
		<-f.arrived
		w.Wake()
	}()
	return struct{}{}, future.NotReady
}

// TestDroppedByTheExecutor: the panic of a task closes the connections of the others.
func TestDroppedByTheExecutor(t *testing.T) {
	leaktest.Check(t)
	arrived, gone := make(chan struct{}, 2), make(chan error, 2)
	addr := rawServer(t, func(c *net.TCPConn) {
		arrived <- struct{}{}
		gone <- closed(c)
	})
	ex, err := runtime.Init()
	if err != nil {
		t.Fatal(err)
	}
	gets := []future.Future[string]{Get(addr, "/a"), Get(addr, "/b")}
	for _, f := range gets {
		runtime.Spawn(ex, f)
	}
	func() {
		defer func() {
			if p := recover(); fmt.Sprint(p) != "boom" {
				t.Errorf("panic: %v", p)
			}
		}()
		ex.BlockOn(&boom{arrived: arrived})
	}()
	for _, f := range gets {
		panics(t, f)
		if err := <-gone; err != nil {
			t.Errorf("at the server: %v", err)
		}
	}
}
