package tcp_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ch04/kit/leaktest"
	"ch04/poll"
	"ch04/tcp"
)

const enough = 30 * time.Second

// A client is a stream with an event queue to itself.
type client struct {
	*tcp.Stream
	p *poll.Poll
}

// dial connects to a server for which serve is run once.
func dial(t *testing.T, network string, serve func(*net.TCPConn)) client {
	t.Helper()
	leaktest.Check(t)
	addr := "127.0.0.1:0"
	if network == "tcp6" {
		addr = "[::1]:0"
	}
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Skipf("no %s here: %v", network, err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		c, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		serve(c.(*net.TCPConn))
	}()
	s, err := tcp.Dial(l.Addr().(*net.TCPAddr).AddrPort())
	if err != nil {
		t.Fatal(err)
	}
	c := client{s, newPoll(t, s)}
	t.Cleanup(func() {
		s.Close()
		<-served
		l.Close()
	})
	return c
}

func newPoll(t *testing.T, s *tcp.Stream) *poll.Poll {
	t.Helper()
	p, err := poll.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	if err := p.Registry().Register(s, 1, poll.Readable|poll.Writable); err != nil {
		t.Fatal(err)
	}
	return p
}

func (c client) wait(t *testing.T) {
	t.Helper()
	if n, err := c.p.Poll(make([]poll.Event, 1), enough); n == 0 || err != nil {
		t.Fatalf("%d events, %v", n, err)
	}
}

// send writes all of b, and readAll reads to the end or an error; both count
// the calls that would have blocked.
func (c client) send(t *testing.T, b []byte) (blocked int, err error) {
	t.Helper()
	for len(b) > 0 {
		n, err := c.Write(b)
		if err == tcp.ErrWouldBlock {
			blocked++
			c.wait(t)
		} else if err != nil {
			return blocked, err
		}
		b = b[n:]
	}
	return blocked, nil
}

func (c client) readAll(t *testing.T) (got []byte, blocked int, err error) {
	t.Helper()
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		got = append(got, buf[:n]...)
		if err == tcp.ErrWouldBlock {
			blocked++
			c.wait(t)
		} else if err != nil {
			return got, blocked, err
		}
	}
}

func TestEcho(t *testing.T) {
	for _, network := range []string{"tcp4", "tcp6"} {
		t.Run(network, func(t *testing.T) {
			c := dial(t, network, func(c *net.TCPConn) {
				b := make([]byte, 5)
				io.ReadFull(c, b)
				c.Write(b)
			})
			if _, err := c.send(t, []byte("hello")); err != nil {
				t.Fatal(err)
			}
			if err := c.Err(); err != nil {
				t.Errorf("Err of a good connection: %v", err)
			}
			if got, _, err := c.readAll(t); string(got) != "hello" || err != io.EOF {
				t.Errorf("read %q, %v", got, err)
			}
		})
	}
}

func TestReadBeforeAnythingArrives(t *testing.T) {
	release := make(chan struct{})
	c := dial(t, "tcp4", func(c *net.TCPConn) { <-release; io.WriteString(c, "x") })
	if n, err := c.Read(make([]byte, 1)); n != 0 || err != tcp.ErrWouldBlock {
		t.Errorf("%d, %v; want ErrWouldBlock", n, err)
	}
	close(release)
	if got, _, err := c.readAll(t); string(got) != "x" || err != io.EOF {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestOneByteAtATime(t *testing.T) {
	const text = "drip drip drip"
	turn := make(chan struct{})
	c := dial(t, "tcp4", func(c *net.TCPConn) {
		for i := range text {
			<-turn
			io.WriteString(c, text[i:i+1])
		}
	})
	for i := range text {
		turn <- struct{}{}
		for {
			b := make([]byte, 10)
			n, err := c.Read(b)
			if err == tcp.ErrWouldBlock {
				c.wait(t)
				continue
			}
			if err != nil || string(b[:n]) != text[i:i+1] {
				t.Fatalf("byte %d: %q, %v", i, b[:n], err)
			}
			break
		}
	}
	if _, _, err := c.readAll(t); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func TestTenMegabytes(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789"), 1<<20)
	c := dial(t, "tcp4", func(c *net.TCPConn) { c.Write(want) })
	if got, _, err := c.readAll(t); !bytes.Equal(got, want) || err != io.EOF {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestShortWrites(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789"), 1<<20)
	start, got := make(chan struct{}), make(chan []byte, 1)
	c := dial(t, "tcp4", func(c *net.TCPConn) {
		<-start // a peer that doesn't read
		b, err := io.ReadAll(io.LimitReader(c, int64(len(want))))
		if err != nil {
			t.Error(err)
		}
		got <- b
	})
	sent := 0
	for {
		n, err := c.Write(want[sent:min(sent+64<<10, len(want))])
		if err == tcp.ErrWouldBlock && sent > 0 {
			break
		}
		if err == tcp.ErrWouldBlock {
			c.wait(t) // for the connection
		} else if err != nil {
			t.Fatal(err)
		}
		if sent += n; sent == len(want) {
			t.Fatal("the system took 10 MiB that nobody read")
		}
	}
	close(start)
	if _, err := c.send(t, want[sent:]); err != nil {
		t.Fatal(err)
	}
	if b := <-got; !bytes.Equal(b, want) {
		t.Errorf("the peer got %d bytes, want %d", len(b), len(want))
	}
}

func TestClosesEarly(t *testing.T) {
	c := dial(t, "tcp4", func(c *net.TCPConn) { c.CloseWrite(); io.Copy(io.Discard, c) })
	if got, _, err := c.readAll(t); len(got) != 0 || err != io.EOF {
		t.Errorf("read %q, %v; want the end", got, err)
	}
	if _, err := c.send(t, []byte("still open in the other direction")); err != nil {
		t.Error(err)
	}
}

func TestReset(t *testing.T) {
	reset := make(chan struct{})
	c := dial(t, "tcp4", func(c *net.TCPConn) {
		io.WriteString(c, "half of the b")
		<-reset
		c.SetLinger(0)
	})
	buf := make([]byte, 100)
	n, err := c.Read(buf)
	for err == tcp.ErrWouldBlock {
		c.wait(t)
		n, err = c.Read(buf)
	}
	if err != nil || string(buf[:n]) != "half of the b" {
		t.Fatalf("read %q, %v", buf[:n], err)
	}
	close(reset)
	got, _, err := c.readAll(t)
	if len(got) != 0 || err == nil || err == io.EOF && !underWine(t) {
		t.Errorf("read %q, %v; want the reset", got, err)
	}
	// What follows is an error as well, and none of the calls hangs.
	for range 3 {
		_, err = c.send(t, []byte("into the void"))
	}
	if err == nil {
		t.Error("three writes to a reset connection went through")
	}
}

func TestRefused(t *testing.T) {
	leaktest.Check(t)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	for _, call := range []func(*tcp.Stream) error{
		(*tcp.Stream).Err,
		func(s *tcp.Stream) error { _, err := s.Write([]byte("x")); return err },
		func(s *tcp.Stream) error { _, err := s.Read(make([]byte, 1)); return err },
	} {
		s, err := tcp.Dial(addr)
		if err == nil {
			defer s.Close()
			client{s, newPoll(t, s)}.wait(t)
			err = call(s)
		}
		if err == nil || err == io.EOF || err == tcp.ErrWouldBlock || !strings.Contains(err.Error(), "refused") {
			t.Errorf("%v; want the refusal", err)
		}
		if s != nil { // asked again, it says the same
			if _, again := s.Read(make([]byte, 1)); again != err {
				t.Errorf("first %v, then %v", err, again)
			}
		}
	}
}

func TestClose(t *testing.T) {
	c := dial(t, "tcp4", func(c *net.TCPConn) { io.Copy(io.Discard, c) })
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	_, readErr := c.Read(make([]byte, 1))
	_, writeErr := c.Write([]byte("x"))
	for _, err := range []error{readErr, writeErr, c.Err()} {
		if !errors.Is(err, tcp.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
	if n, err := c.p.Poll(make([]poll.Event, 1), 0); n != 0 || err != nil {
		t.Errorf("after Close: %d events, %v", n, err)
	}
}

func TestCloseAfterTheQueue(t *testing.T) {
	c := dial(t, "tcp4", func(c *net.TCPConn) { io.Copy(io.Discard, c) })
	if err := c.p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestAddressesThatCannotBeDialled(t *testing.T) {
	leaktest.Check(t)
	for _, addr := range []netip.AddrPort{{}, netip.MustParseAddrPort("[fe80::1%nosuch0]:80")} {
		if s, err := tcp.Dial(addr); err == nil {
			s.Close()
			t.Errorf("%v: no error", addr)
		}
	}
}

func TestIPv4InIPv6(t *testing.T) {
	leaktest.Check(t)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).AddrPort().Port()
	s, err := tcp.Dial(netip.AddrPortFrom(netip.MustParseAddr("::ffff:127.0.0.1"), port))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if c, err := l.Accept(); err != nil {
		t.Error(err)
	} else {
		c.Close()
	}
}

// TestEmptyRead: it isn't the end.
func TestEmptyRead(t *testing.T) {
	c := dial(t, "tcp4", func(c *net.TCPConn) { io.Copy(io.Discard, c) })
	if n, err := c.Read(nil); n != 0 || err != nil && err != tcp.ErrWouldBlock {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := c.send(t, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(nil); n != 0 || err != nil && err != tcp.ErrWouldBlock {
		t.Errorf("connected: %d, %v", n, err)
	}
}
