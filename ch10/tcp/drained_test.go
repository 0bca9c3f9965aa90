package tcp_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"ch10/future"
	"ch10/tcp"
)

// TestAfterAShortRead: a read has got less than it asked for, so the next one waits for an event. Whatever the peer does
// next brings one: before the next read begins, while it waits, or when nothing waits at all.
func TestAfterAShortRead(t *testing.T) {
	long := strings.Repeat("x", 3*bufferSize)
	write := func(text string) func(*tcp.Conn, *net.TCPConn) {
		return func(_ *tcp.Conn, peer *net.TCPConn) { io.WriteString(peer, text); peer.Close() }
	}
	reset := func(_ *tcp.Conn, peer *net.TCPConn) { peer.SetLinger(0); peer.Close() }
	for _, test := range []struct {
		name   string
		act    func(c *tcp.Conn, peer *net.TCPConn)
		text   string // that is read after it
		broken bool   // in place of io.EOF
	}{
		{name: "end", act: func(_ *tcp.Conn, peer *net.TCPConn) { peer.CloseWrite() }},
		{name: "reset", act: reset, broken: true},
		{name: "bytes and the end", act: write("b"), text: "b"},
		{name: "buffers just filled", act: write(long), text: long},
		{name: "a buffer and a half", act: write(long[:bufferSize*3/2]), text: long[:bufferSize*3/2]},
		{name: "end of this side", act: func(c *tcp.Conn, peer *net.TCPConn) {
			c.CloseWrite()
			if rest, err := io.ReadAll(peer); len(rest) > 0 || err != nil {
				t.Errorf("the peer: %q, %v", rest, err)
			}
			write("b")(c, peer)
		}, text: "b"},
		{name: "end of this side and reset", act: func(c *tcp.Conn, peer *net.TCPConn) { c.CloseWrite(); reset(c, peer) }, broken: true},
	} {
		for _, when := range []string{"before the read", "while it waits", "while nothing waits"} {
			for _, asks := range []bool{false, true} {
				if !t.Run(fmt.Sprintf("%s %s %t", test.name, when, asks), func(t *testing.T) {
					r := &shortReader{t: t, when: when, asks: asks, act: test.act}
					if err := r.run(); r.got != "a"+test.text || err == nil || (err == io.EOF) == test.broken && !(test.broken && underWine(t)) {
						t.Errorf("%q, %v", r.got, err)
					}
				}) {
					return // a lost wake takes 10 s
				}
			}
		}
	}
}

const bufferSize = 10

type shortReader struct {
	t    *testing.T
	when string
	asks bool // PollBroken, too, as http's server does while a handler works
	act  func(c *tcp.Conn, peer *net.TCPConn)

	c       *tcp.Conn
	peer    *net.TCPConn
	got     string
	sent    bool // the byte of the short read
	pausing int  // polls that it only yields
}

func (r *shortReader) run() error {
	rt, l := newRuntime(r.t), listen(r.t, "127.0.0.1:0")
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	defer peer.Close()
	r.peer = peer.(*net.TCPConn)
	_, err = block(r.t, rt, func(co *future.Co) (int, error) {
		c, err := future.Wait(co, l.Accept())
		if err != nil {
			return 0, err
		}
		defer c.Close()
		r.c = c
		return future.Wait(co, future.Future[int](pollInt(r.poll)))
	})
	return err
}

// poll reads to the end.
func (r *shortReader) poll(cx *future.Context) (int, error) {
	for b := make([]byte, bufferSize); ; {
		if r.pausing > 0 {
			r.pausing--
			cx.Waker().Wake()
			return 0, future.NotReady
		}
		n, err := r.c.PollRead(cx, b)
		if r.got += string(b[:n]); n > 0 && r.got == "a" {
			switch r.when {
			case "while it waits":
				if _, err := r.c.PollRead(cx, b); err != future.NotReady {
					r.t.Errorf("%v in place of a wait", err)
				}
			case "while nothing waits":
				r.pausing = 1000 // more than a round has, so the worker takes events meanwhile
			}
			r.act(r.c, r.peer)
		}
		if err == future.NotReady && r.asks {
			err = r.c.PollBroken(cx)
		}
		if err == future.NotReady && !r.sent { // it is registered, so the event of this byte comes before the read
			r.sent = true
			io.WriteString(r.peer, "a")
		}
		if err != nil {
			return 0, err
		}
	}
}
