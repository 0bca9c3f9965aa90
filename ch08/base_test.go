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
	"ch08/kit/kittest"
	"ch08/kit/leaktest"
	"ch08/poll"
)

// baseFails runs base's two requests, both of which fail.
func baseFails(t *testing.T, addr netip.AddrPort, want string) {
	t.Helper()
	run := newRun(t, addr)
	rt := newBase(t, run)
	if err := rt.blockOn(twoRequests(run.r, run.say, rt.get(run))); err != nil {
		t.Error(err)
	}
	_, err := run.begun()
	lines := strings.Split(fmt.Sprint(err), "\n")
	if len(lines) != len(two) {
		t.Fatalf("%v, %q", err, &run.out)
	}
	for i, line := range lines {
		if begin := fmt.Sprintf("GET %v%s: ", addr, two[i]); !strings.HasPrefix(line, begin) || !strings.Contains(line, want) {
			t.Errorf("%s; want %q and %q", line, begin, want)
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
	addr := kittest.RawServer(t, 2, func(c net.Conn, _ string) {
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
	addr := kittest.RawServer(t, 1, func(c net.Conn, _ string) {
		close(arrived)
		cut(t, c)
	})
	rt := newBase(t, newRun(t, addr))
	g := &baseGet{rt: rt, addr: addr, path: "/silent"}
	for {
		_, err := g.Poll(nil)
		if err != future.NotReady {
			t.Fatal(err)
		}
		if g.unsent.Len() == 0 {
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
	run := newRun(t, netip.AddrPort{})
	rt := newBase(t, run)
	rt.poll.Close()
	d := new(dropped)
	if err := rt.blockOn(d); !errors.Is(err, poll.ErrClosed) || d.drops != 1 || run.out.String() != schedule {
		t.Errorf("%v, %d drops, %q", err, d.drops, &run.out)
	}
}
