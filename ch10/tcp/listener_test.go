package tcp_test

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
	"ch10/tcp"
)

// drain accepts in one poll what there is.
type drain struct {
	l      *tcp.Listener
	conns  []*tcp.Conn
	enough int
}

func (d *drain) Poll(cx *future.Context) (int, error) {
	for {
		c, err := d.l.PollAccept(cx)
		if err == future.NotReady && len(d.conns) >= d.enough {
			return len(d.conns), nil
		}
		if err != nil {
			return 0, err
		}
		d.conns = append(d.conns, c)
	}
}

func TestAcceptDrainsTheBacklog(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	for range 20 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	d := &drain{l: l, enough: 20}
	n, err := runtime.BlockOn(t.Context(), rt, future.Future[int](d))
	if n != 20 || err != nil {
		t.Errorf("%d connections, %v; want 20", n, err)
	}
	for _, c := range d.conns {
		c.Close()
	}
}

func TestCloseDuringAccept(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	accept := spawn(rt, func(co *future.Co) (*tcp.Conn, error) { return future.Wait(co, l.Accept()) })
	_, err := block(t, rt, func(co *future.Co) (*tcp.Conn, error) {
		future.Wait(co, runtime.Sleep(1)) // until the others have nothing to do but wait
		for range 2 {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
		return future.Wait(co, accept)
	})
	if !errors.Is(err, tcp.ErrClosed) || !strings.Contains(err.Error(), "accept on "+l.Addr().String()) {
		t.Errorf("%v; want ErrClosed, and where", err)
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		defer c.Close()
		// Under wine the queue's request, which is cancelled by now, holds the socket until the thread that made it
		// has heard of that. Then the system ends the connection. Nobody else would.
		c.SetReadDeadline(time.Now().Add(enough))
		if _, err := c.Read(make([]byte, 1)); !underWine(t) || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("somebody still listens: %v", err)
		}
	}
}

func TestPortInUse(t *testing.T) {
	leaktest.Check(t)
	l := listen(t, "127.0.0.1:0")
	second, err := tcp.Listen(l.Addr())
	if err == nil {
		second.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "listen on "+l.Addr().String()) {
		t.Errorf("%v; want an error that says where", err)
	}
	l.Close()
	if l, err = tcp.Listen(l.Addr()); err != nil {
		t.Errorf("after Close: %v", err)
	} else {
		l.Close()
	}
}

// A server starts again on the port of one that has closed its connections first.
func TestListenAgain(t *testing.T) {
	rt, l := newRuntime(t), listen(t, "127.0.0.1:0")
	_, err := block(t, rt, func(co *future.Co) (n int, err error) {
		client, server, err := pair(co, l)
		if err != nil {
			return 0, err
		}
		server.Close()
		_, err = readUntilEOF(co, client)
		client.Close()
		return 0, err
	})
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if l, err = tcp.Listen(l.Addr()); err != nil {
		t.Error(err)
	} else {
		l.Close()
	}
}

func TestAddressesThatCannotBeListenedOn(t *testing.T) {
	leaktest.Check(t)
	for _, addr := range []string{"[fe80::1%nosuch0]:80", "192.0.2.1:0"} {
		if l, err := tcp.Listen(netip.MustParseAddrPort(addr)); err == nil {
			l.Close()
			t.Errorf("%v: no error", addr)
		}
	}
	if _, err := tcp.Listen(netip.AddrPort{}); err == nil {
		t.Error("no address: no error")
	}
}

func TestOutsideOfARuntime(t *testing.T) {
	leaktest.Check(t)
	l := listen(t, "127.0.0.1:0")
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	cx := future.NewContext(future.NoopWaker)
	l.PollAccept(&cx)
}
