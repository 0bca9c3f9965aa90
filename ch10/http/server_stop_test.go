package http

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
	"ch10/tcp"
)

// What is idle is closed at once, what is under way is finished, and nobody new gets in.
func TestStop(t *testing.T) {
	s := start(t, Server{})
	idle, fresh, busy, half := s.dial(), s.dial(), s.dial(), s.dial()
	idle.send(ask("/echo"))
	idle.want(200, "GET  ")
	busy.send(ask("/wait") + ask("/echo?never"))
	h := <-s.waiting
	half.send(ask("/echo?whole") + "GET /echo?half HT")
	half.want(200, "GET whole ") // so the server has read what follows it, too
	s.works()                    // so it knows all of them
	s.stop.give()
	idle.end()
	fresh.end()
	if c, err := net.Dial("tcp", s.addr.String()); err == nil {
		c.Close()
		t.Error("somebody still listens")
	}
	half.send("TP/1.1\r\nHost: h\r\n\r\n")
	if r := half.want(200, "GET half "); !r.Close {
		t.Errorf("%v; want Connection: close", r)
	}
	half.end()
	h.give()
	if r := busy.want(200, "at last"); !r.Close {
		t.Errorf("%v; want Connection: close", r)
	}
	busy.end()
	half.Close()
	busy.Close()
	s.wait()
	if n := s.rt.Stats().Tasks; n != 0 || s.err != nil {
		t.Errorf("%d tasks are left, %v", n, s.err)
	}
}

func TestStopWithoutConnections(t *testing.T) {
	s := start(t, Server{})
	s.stop.give()
	s.wait()
	if s.err != nil {
		t.Error(s.err)
	}
}

// Who takes longer than the grace is cut off.
func TestGrace(t *testing.T) {
	s := start(t, Server{Grace: 10 * time.Millisecond})
	p := s.dial()
	p.send(ask("/wait"))
	h := <-s.waiting
	s.stop.give()
	s.wait()
	<-h.dropped
	if b, err := p.r.ReadByte(); err == nil {
		t.Errorf("got %q", b)
	}
	if n := s.rt.Stats().Tasks; n > 1 || s.err != nil { // the connection's, which has been cancelled
		t.Errorf("%d tasks are left, %v", n, s.err)
	}
}

// Drop closes everything at once, wherever the connections are.
func TestDropServe(t *testing.T) {
	s := start(t, Server{})
	texts := []string{"", ask("/echo"), "GET / HT", ask("/wait"), ask("/big?30000000"), "garbage\r\n",
		field("Content-Length: 1000", "half"), ask("/wait") + ask("/echo")}
	var peers []*peer
	for _, text := range texts {
		p := s.dial()
		p.send(text)
		peers = append(peers, p)
	}
	first, second := <-s.waiting, <-s.waiting
	s.works()
	s.cancel()
	s.wait()
	if !errors.Is(s.err, context.Canceled) {
		t.Error(s.err)
	}
	if *workers > 1 { // those of other workers had no turn since
		s.rt.Shutdown(context.Background())
	}
	<-first.dropped
	<-second.dropped
	for i, p := range peers { // though nobody polls their tasks any more
		_, err := io.Copy(io.Discard, p.r)
		if e, ok := err.(net.Error); ok && e.Timeout() { // and no end, nor a reset
			t.Errorf("%.20q: %v", texts[i], err)
		}
	}
	if c, err := net.Dial("tcp", s.addr.String()); err == nil {
		c.Close()
		t.Error("somebody still listens")
	}
}

// A runtime that is shut down takes the server along.
func TestShutdownWhileServing(t *testing.T) {
	s := start(t, Server{})
	p := s.dial()
	p.send(ask("/wait"))
	h := <-s.waiting
	if err := s.rt.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	s.wait()
	if s.err != runtime.ErrShutdown {
		t.Error(s.err)
	}
	<-h.dropped
	if b, err := p.r.ReadByte(); err == nil {
		t.Errorf("got %q", b)
	}
}

// Somebody else closes the listener. What is under way is finished all the same.
func TestListenerIsClosed(t *testing.T) {
	leaktest.Check(t)
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Shutdown(context.Background())
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	serve := runtime.Spawn(rt, (&Server{Handler: nowhere}).Serve(l, nil))
	_, err = runtime.BlockOn(t.Context(), rt, future.Async(func(co *future.Co) (struct{}, error) {
		future.Wait(co, runtime.Yield())
		l.Close()
		return future.Wait(co, serve)
	}))
	if !errors.Is(err, tcp.ErrClosed) {
		t.Errorf("%v; want ErrClosed", err)
	}
}

type stopping struct{ *held }

func (s stopping) Poll(cx *future.Context) (struct{}, error) { return s.signal.Poll(cx) }

func TestServePolledAfterCompletion(t *testing.T) {
	leaktest.Check(t)
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	stop := &held{dropped: make(chan struct{})} // which panics if it is dropped twice
	f := (&Server{Handler: nowhere}).Serve(l, stopping{stop})
	future.Drop(f)
	future.Drop(f)
	<-stop.dropped
	defer func() {
		if p := recover(); p != future.PolledAfterCompletion {
			t.Errorf("%v; want the panic", p)
		}
	}()
	cx := future.NewContext(future.NoopWaker)
	f.Poll(&cx)
}
