package poll_test

import (
	"io"
	"net"
	"testing"
	"time"

	"ch08/kit/leaktest"
	"ch08/poll"
	"ch08/tcp"
)

// enough is how long a test waits for what must come; nothing is as long as a
// test waits for what must not.
const (
	enough  = 30 * time.Second
	nothing = 20 * time.Millisecond
)

func newPoll(t *testing.T) *poll.Poll {
	t.Helper()
	leaktest.Check(t)
	p, err := poll.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// pair returns a connection: our end, which never blocks, and the peer's.
func pair(t *testing.T) (*tcp.Stream, *net.TCPConn) {
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
	peer, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(); peer.Close() })
	return s, peer.(*net.TCPConn)
}

func register(t *testing.T, p *poll.Poll, s poll.Source, token poll.Token, i poll.Interest) {
	t.Helper()
	if err := p.Registry().Register(s, token, i); err != nil {
		t.Fatal(err)
	}
}

func send(t *testing.T, c net.Conn, s string) {
	t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		t.Fatal(err)
	}
}

// wait returns the events of one Poll.
func wait(t *testing.T, p *poll.Poll, d time.Duration) []poll.Event {
	t.Helper()
	events := make([]poll.Event, 16)
	n, err := p.Poll(events, d)
	if err != nil {
		t.Fatal(err)
	}
	return events[:n]
}

// one waits for the event of a single source that has an event for it.
func one(t *testing.T, p *poll.Poll, token poll.Token, is func(poll.Event) bool) {
	t.Helper()
	for deadline := time.Now().Add(enough); time.Now().Before(deadline); {
		for _, e := range wait(t, p, enough) {
			if e.Token() != token {
				t.Fatalf("an event for token %#x, want %#x: %v", e.Token(), token, e)
			}
			if is(e) {
				return
			}
		}
	}
	t.Fatalf("no such event for token %#x", token)
}

func none(t *testing.T, p *poll.Poll) {
	t.Helper()
	if events := wait(t, p, nothing); len(events) > 0 {
		t.Fatalf("events that should not be: %v", events)
	}
}

// drain reads until the read would block.
func drain(t *testing.T, s *tcp.Stream) (got string) {
	t.Helper()
	buf := make([]byte, 100)
	for {
		n, err := s.Read(buf)
		got += string(buf[:n])
		if err == tcp.ErrWouldBlock || err == io.EOF {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// none0 is none without the wait.
func none0(t *testing.T, p *poll.Poll) {
	t.Helper()
	if events := wait(t, p, 0); len(events) > 0 {
		t.Fatalf("events that should not be: %v", events)
	}
}
