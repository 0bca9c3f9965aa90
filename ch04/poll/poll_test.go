package poll_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"ch04/poll"
	"ch04/tcp"
)

func TestReadable(t *testing.T) {
	p := newPoll(t)
	s, peer := pair(t)
	register(t, p, s, 7, poll.Readable)
	none(t, p)
	send(t, peer, "hello")
	one(t, p, 7, poll.Event.Readable)
	if got := drain(t, s); got != "hello" {
		t.Errorf("read %q", got)
	}
	none(t, p)
}

func TestReadableBeforeRegister(t *testing.T) {
	p := newPoll(t)
	s, peer := pair(t)
	send(t, peer, "early")
	register(t, p, s, 7, poll.Readable)
	one(t, p, 7, poll.Event.Readable)
}

func TestWritable(t *testing.T) {
	p := newPoll(t)
	s, _ := pair(t)
	register(t, p, s, 7, poll.Writable)
	one(t, p, 7, poll.Event.Writable)
	none(t, p)
}

func TestWritableAgain(t *testing.T) {
	p := newPoll(t)
	s, peer := pair(t)
	register(t, p, s, 7, poll.Writable)
	one(t, p, 7, poll.Event.Writable)
	chunk, sent := make([]byte, 64<<10), 0
	for {
		n, err := s.Write(chunk)
		if err == tcp.ErrWouldBlock {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		sent += n
	}
	none(t, p)
	go io.CopyN(io.Discard, peer, int64(sent))
	one(t, p, 7, poll.Event.Writable)
}

func TestEdge(t *testing.T) {
	p := newPoll(t)
	s, peer := pair(t)
	register(t, p, s, 7, poll.Readable)
	send(t, peer, "abc")
	one(t, p, 7, poll.Event.Readable)
	s.Read(make([]byte, 1))
	none(t, p) // two bytes are left, and that is no news
	if got := drain(t, s); got != "bc" {
		t.Errorf("read %q", got)
	}
	send(t, peer, "d")
	one(t, p, 7, poll.Event.Readable)
}

func TestEdgeBetweenReadAndWouldBlock(t *testing.T) {
	p := newPoll(t)
	s, peer := pair(t)
	register(t, p, s, 7, poll.Readable|poll.Writable)
	for i := range 100 { // an edge that falls between a read and its report isn't lost
		send(t, peer, "x")
		if i%2 == 0 {
			one(t, p, 7, poll.Event.Readable)
		}
		for got := ""; got == ""; {
			got = drain(t, s)
		}
	}
	send(t, peer, "last")
	one(t, p, 7, poll.Event.Readable)
}

func TestLevel(t *testing.T) {
	p := newPoll(t)
	s, peer := pair(t)
	register(t, p, s, 7, poll.Readable|poll.Level)
	none(t, p)
	send(t, peer, "abc")
	for i := range 3 {
		one(t, p, 7, poll.Event.Readable)
		if n, err := s.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Fatalf("byte %d: %d, %v", i, n, err)
		}
	}
	none(t, p)
	send(t, peer, "d")
	one(t, p, 7, poll.Event.Readable)
}

func TestHangUp(t *testing.T) {
	for _, level := range []poll.Interest{0, poll.Level} {
		p := newPoll(t)
		s, peer := pair(t)
		register(t, p, s, 7, poll.Readable|level)
		send(t, peer, "bye")
		one(t, p, 7, poll.Event.Readable)
		if got := drain(t, s); got != "bye" {
			t.Errorf("read %q", got)
		}
		peer.Close()
		one(t, p, 7, func(e poll.Event) bool { return e.Readable() && e.Closed() })
		if _, err := s.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("at the end: %v, want EOF", err)
		}
		s.Close()
		none(t, p)
	}
}

func TestReset(t *testing.T) {
	p := newPoll(t)
	s, peer := pair(t)
	register(t, p, s, 7, poll.Readable|poll.Writable)
	one(t, p, 7, poll.Event.Writable)
	peer.SetLinger(0)
	peer.Close()
	var reported error
	one(t, p, 7, func(e poll.Event) bool { reported = e.Err(); return e.Readable() && e.Closed() })
	n, err := s.Read(make([]byte, 1))
	if err == nil || err == tcp.ErrWouldBlock || err == io.EOF && reported == nil {
		t.Errorf("event with error %v, read %d, %v; want the reset", reported, n, err)
	}
}

func TestConnectRefused(t *testing.T) {
	p := newPoll(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() // until then nobody can listen at its port
	s, err := tcp.Dial(c.LocalAddr().(*net.TCPAddr).AddrPort())
	if err != nil {
		return // the system knew at once
	}
	defer s.Close()
	register(t, p, s, 7, poll.Writable)
	one(t, p, 7, func(e poll.Event) bool { return e.Writable() && e.Closed() && e.Err() != nil })
	if s.Err() == nil {
		t.Error("the stream knows of no error")
	}
}

func TestDeregister(t *testing.T) {
	p := newPoll(t)
	s, peer := pair(t)
	register(t, p, s, 7, poll.Readable)
	send(t, peer, "a")
	if err := p.Registry().Deregister(s); err != nil {
		t.Fatal(err)
	}
	none(t, p)
	if err := p.Registry().Deregister(s); err == nil {
		t.Error("deregistered twice without an error")
	}
	register(t, p, s, 8, poll.Readable)
	one(t, p, 8, poll.Event.Readable)
}

func TestCloseEndsTheRegistration(t *testing.T) {
	p := newPoll(t)
	for token := range poll.Token(50) { // the descriptor's number comes back
		s, peer := pair(t)
		register(t, p, s, token, poll.Readable|poll.Writable)
		send(t, peer, "a")
		one(t, p, token, poll.Event.Readable)
		s.Close()
		peer.Close()
		none0(t, p)
	}
}

func TestTimeout(t *testing.T) {
	p := newPoll(t)
	s, peer := pair(t)
	register(t, p, s, 7, poll.Readable)
	for _, d := range []time.Duration{0, 1, 100 * time.Microsecond, 10 * time.Millisecond} {
		begin := time.Now()
		if events := wait(t, p, d); len(events) > 0 {
			t.Fatalf("events that should not be: %v", events)
		}
		if took := time.Since(begin); took < d {
			t.Errorf("Poll with a timeout of %v returned after %v", d, took)
		}
	}
	for _, d := range []time.Duration{-1, 1<<63 - 1, 30 * 24 * time.Hour} { // for ever, and longer than the systems can count
		done := make(chan []poll.Event)
		go func() {
			events := make([]poll.Event, 1)
			n, err := p.Poll(events, d)
			if err != nil {
				t.Error(err)
			}
			done <- events[:n]
		}()
		send(t, peer, "a")
		if events := <-done; len(events) != 1 || !events[0].Readable() {
			t.Errorf("timeout %v: %v", d, events)
		}
		drain(t, s)
	}
}

func TestTokensKeepAll64Bits(t *testing.T) {
	p := newPoll(t)
	for _, token := range []poll.Token{0, 1, 1<<31 - 1, 1 << 31, 1<<32 + 5, 1<<63 | 1, 1<<64 - 1} {
		s, _ := pair(t)
		register(t, p, s, token, poll.Writable)
		one(t, p, token, poll.Event.Writable)
	}
}

func TestMoreReadyThanRoom(t *testing.T) {
	p := newPoll(t)
	for token := range poll.Token(5) {
		s, _ := pair(t)
		register(t, p, s, token, poll.Writable)
	}
	seen := map[poll.Token]int{}
	for len(seen) < 5 {
		events := make([]poll.Event, 2)
		n, err := p.Poll(events, enough)
		if err != nil || n == 0 {
			t.Fatalf("%d events, %v, after %v", n, err, seen)
		}
		for _, e := range events[:n] {
			seen[e.Token()]++
		}
	}
	none(t, p)
}

func TestRegisterWhileAnotherWaits(t *testing.T) {
	p := newPoll(t)
	done := make(chan error)
	go func() {
		events := make([]poll.Event, 1)
		n, err := p.Poll(events, -1)
		if err == nil && (n != 1 || events[0].Token() != 7) {
			err = fmt.Errorf("got %v", events[:n])
		}
		done <- err
	}()
	s, _ := pair(t)
	register(t, p, s, 7, poll.Writable)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestWouldBlockFromAnotherGoroutine(t *testing.T) {
	p := newPoll(t)
	s, peer := pair(t)
	register(t, p, s, 7, poll.Readable)
	send(t, peer, "a")
	one(t, p, 7, poll.Event.Readable)
	done := make(chan []poll.Event)
	go func() {
		events := make([]poll.Event, 1)
		n, err := p.Poll(events, enough)
		if err != nil {
			t.Error(err)
		}
		done <- events[:n]
	}()
	drain(t, s) // while the other waits
	send(t, peer, "b")
	if events := <-done; len(events) != 1 {
		t.Error("no event after the source ran dry")
	}
}

// fdSource is a second source for a descriptor.
type fdSource struct{ fd uintptr }

func (s fdSource) Fd() uintptr                        { return s.fd }
func (s fdSource) SetRegistration(*poll.Registration) {}

func TestTwoPolls(t *testing.T) {
	p, q := newPoll(t), newPoll(t)
	s, peer := pair(t)
	register(t, p, s, 7, poll.Readable)
	register(t, q, fdSource{s.Fd()}, 8, poll.Readable)
	send(t, peer, "a")
	one(t, p, 7, poll.Event.Readable)
	one(t, q, 8, poll.Event.Readable)
	if err := q.Registry().Deregister(fdSource{s.Fd()}); err != nil {
		t.Error(err)
	}
}

func TestMisuse(t *testing.T) {
	p := newPoll(t)
	s, _ := pair(t)
	r := p.Registry()
	for name, err := range map[string]error{
		"no interest":      r.Register(s, 1, 0),
		"only level":       r.Register(s, 1, poll.Level),
		"unknown interest": r.Register(s, 1, 1<<7|poll.Readable),
		"no descriptor":    r.Register(fdSource{^uintptr(0)}, 1, poll.Readable),
		"never registered": r.Deregister(s),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	register(t, p, s, 1, poll.Readable)
	if err := r.Register(s, 2, poll.Readable); err == nil {
		t.Error("registered twice without an error")
	}
	s.Close()
	if err := r.Register(s, 1, poll.Readable); err == nil {
		t.Error("a closed stream was registered")
	}
	if _, err := p.Poll(nil, 0); err == nil {
		t.Error("Poll without room: no error")
	}
}

// A toldSource keeps what it is told.
type toldSource struct {
	fd           uintptr
	registration *poll.Registration
}

func (s *toldSource) Fd() uintptr                          { return s.fd }
func (s *toldSource) SetRegistration(r *poll.Registration) { s.registration = r }

func TestClosedQueue(t *testing.T) {
	p := newPoll(t)
	s, _ := pair(t)
	idle, _ := pair(t)
	told := &toldSource{fd: idle.Fd()}
	register(t, p, told, 1, poll.Readable)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := p.Poll(make([]poll.Event, 1), -1)
	for name, err := range map[string]error{
		"Poll":       err,
		"Register":   p.Registry().Register(s, 1, poll.Readable),
		"Deregister": p.Registry().Deregister(told),
	} {
		if !errors.Is(err, poll.ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", name, err)
		}
	}
	if told.registration != nil {
		t.Error("the source still has its registration")
	}
	if err := p.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func Test5000Descriptors(t *testing.T) {
	p := newPoll(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	const n = 5000
	streams := make([]*tcp.Stream, n)
	for i := range streams {
		s, err := tcp.Dial(l.Addr().(*net.TCPAddr).AddrPort())
		if err != nil && strings.Contains(err.Error(), "too many open files") {
			t.Skipf("connection %d: %v: a limit a little over %d is needed", i, err, n)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		streams[i] = s
		register(t, p, s, poll.Token(i), poll.Readable)
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		c.Close() // our end becomes readable: the end of the stream
	}
	events := make([]poll.Event, 100)
	for left := n; left > 0; {
		k, err := p.Poll(events, enough)
		if err != nil || k == 0 {
			t.Fatalf("%d events, %v, with %d descriptors left", k, err, left)
		}
		for _, e := range events[:k] {
			s := streams[e.Token()]
			if s == nil {
				continue // a second event
			}
			if _, err := s.Read(make([]byte, 1)); err != io.EOF {
				t.Fatalf("token %d: %v, want EOF", e.Token(), err)
			}
			s.Close()
			streams[e.Token()] = nil
			left--
		}
	}
}

func TestInterestString(t *testing.T) {
	for i, want := range map[poll.Interest]string{
		poll.Readable:                 "READABLE",
		poll.Readable | poll.Writable: "READABLE|WRITABLE",
		poll.Writable | poll.Level:    "WRITABLE|LEVEL",
		0:                             "0x0",
		poll.Readable | 1<<6:          "READABLE|0x40",
		poll.Readable | poll.Writable | poll.Level: "READABLE|WRITABLE|LEVEL",
	} {
		if got := i.String(); got != want {
			t.Errorf("%d: %q, want %q", i, got, want)
		}
	}
}
