package http

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/poll"
	"ch10/runtime"
	"ch10/tcp"
)

// TestDateIsRefreshed once a second.
func TestDateIsRefreshed(t *testing.T) {
	var s serving
	s.dateAt(5 * time.Second)
	d := s.date.Load()
	if d.end <= 5*time.Second || d.end > 6*time.Second {
		t.Errorf("the second ends at %v", d.end)
	}
	d.text = "x"
	if date := s.dateAt(d.end - 1); date != "x" {
		t.Errorf("%s within the same second", date)
	}
	if _, err := http.ParseTime(s.dateAt(d.end)); err != nil {
		t.Errorf("a second later: %v", err)
	}
}

// TestPatienceBeginsWithTheRequest: connecting may have taken all of it but a little.
func TestPatienceBeginsWithTheRequest(t *testing.T) {
	set(t, &patience, time.Hour)
	silent := make(chan bool)
	defer close(silent)
	addr := rawServer(t, func(c *net.TCPConn) { <-silent })
	g := Get(addr, "/").(*get)
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Shutdown(context.Background())
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second) // to fail and not to hang
	defer cancel()
	_, err = runtime.BlockOn[string](ctx, rt, pollFunc(func(cx *future.Context) (string, error) {
		if g.stream != nil {
			return g.Poll(cx)
		}
		if err := g.start(cx); err != nil {
			return "", err
		}
		patience = time.Nanosecond
		g.io.Wait(cx, poll.Writable)
		return "", future.NotReady
	}))
	if err == nil || !strings.Contains(err.Error(), "nothing from the server in 1ns") {
		t.Errorf("%v; want that the server is silent", err)
	}
	g.Drop()
}

// A slowReader is the task of a conn whose client takes a long response piece by piece, on a clock of its own.
type slowReader struct {
	t    *testing.T
	peer net.Conn
	l    *tcp.Listener
	c    *conn
	f    *step
	last int // bytes written when the peer read last
}

func (s *slowReader) Poll(cx *future.Context) (none struct{}, err error) {
	const size, writeTime = 32 << 20, time.Second
	if s.c == nil {
		c, err := s.l.PollAccept(cx)
		if err != nil {
			return none, err
		}
		s.c = &conn{s: &serving{Server: Server{WriteTime: writeTime}}, c: c, long: &Response{
			Length: size, More: func(from int) []byte { return filler[from%10:] },
		}}
		s.f = s.c.step((*conn).write)
	}
	_, err = s.f.Poll(cx)
	if err != future.NotReady {
		if err != nil {
			s.t.Errorf("%v, though the client has read again and again", err)
		}
		s.c.timer.Stop()
		s.c.c.Close()
		return none, nil
	}
	cx.Waker().Wake()
	if n := s.c.written; n > s.last { // and then it would block, or others have their turn
		io.CopyN(io.Discard, s.peer, int64(n-s.last)) // which has been written, so it comes
		s.last = n
		s.c.now += writeTime - 1
	}
	return none, future.NotReady
}

func TestResponseThatMakesProgress(t *testing.T) {
	leaktest.Check(t)
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	peer.SetDeadline(time.Now().Add(time.Minute)) // to fail and not to hang
	drive[struct{}](&slowReader{t: t, peer: peer, l: l})
}

// TestWaitIsOver at its end, and says so.
func TestWaitIsOver(t *testing.T) {
	c := conn{now: 5, end: 5}
	if err := c.wait(nil, 0); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}
