package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ch08/future"
	"ch08/kit/leaktest"
	"ch08/poll"
)

// baseFails runs base's two requests, both of which fail.
func baseFails(t *testing.T, addr netip.AddrPort, want string) {
	t.Helper()
	s, out := testSession(addr)
	rt := newBase(t, s)
	if err := rt.blockOn(twoRequests(s, rt.get(s))); err != nil {
		t.Error(err)
	}
	if len(s.errs) != len(two) {
		t.Fatalf("%d errors, %q", len(s.errs), out)
	}
	for i, err := range s.errs {
		if begin := fmt.Sprintf("GET %v%s: ", addr, two[i]); !strings.HasPrefix(err.Error(), begin) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q and %q", err, begin, want)
		}
	}
}

func TestBaseRefused(t *testing.T) {
	leaktest.Check(t)
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
	baseFails(t, c.LocalAddr().(*net.TCPAddr).AddrPort(), "refused")
}

func TestBaseEndlessResponse(t *testing.T) {
	leaktest.Check(t)
	addr := rawServer(t, 2, func(c net.Conn) {
		for text, err := strings.Repeat("x", 10_000), error(nil); err == nil; {
			_, err = io.WriteString(c, text)
		}
	})
	baseFails(t, addr, "the response is longer than 1 MiB")
}

// TestBaseSilence puts the clock of the request back.
func TestBaseSilence(t *testing.T) {
	leaktest.Check(t)
	arrived := make(chan struct{})
	addr := rawServer(t, 1, func(c net.Conn) {
		close(arrived)
		cut(t, c)
	})
	s, _ := testSession(addr)
	rt := newBase(t, s)
	g := &baseGet{rt: rt, addr: addr, path: "/silent"}
	for {
		_, err := g.Poll(nil)
		if err != future.NotReady {
			t.Fatal(err)
		}
		if len(g.unsent) == 0 {
			break
		}
		if _, err := rt.poll.Poll(make([]poll.Event, 1), -1); err != nil {
			t.Fatal(err)
		}
	}
	<-arrived
	g.heard = time.Now().Add(-patience)
	_, err := g.Poll(nil)
	if want := fmt.Sprintf("GET %v/silent: nothing from the server in 30s", addr); err == nil || err.Error() != want {
		t.Errorf("%v; want %s", err, want)
	}
	drive(g, nil, nil).isOver(t)
}

// A dropped is never ready.
type dropped struct{ drops int }

func (d *dropped) Poll(future.Waker) (struct{}, error) { return struct{}{}, future.NotReady }
func (d *dropped) Drop()                               { d.drops++ }

func TestBaseQueueFails(t *testing.T) {
	leaktest.Check(t)
	s, out := testSession(netip.AddrPort{})
	rt := newBase(t, s)
	rt.poll.Close()
	d := new(dropped)
	if err := rt.blockOn(d); !errors.Is(err, poll.ErrClosed) || d.drops != 1 || out.String() != schedule {
		t.Errorf("%v, %d drops, %q", err, d.drops, out)
	}
}
