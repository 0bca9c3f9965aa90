package tcp_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ch10/future"
	"ch10/runtime"
	"ch10/tcp"
)

// TestConnectThatTakesItsTime: it is the other side's backlog that is full. When there is room, Linux tries again (after
// a second). The event may be of either kind there, so that nothing on Linux sees which one is waited for.
func TestConnectThatTakesItsTime(t *testing.T) {
	rt := newRuntime(t)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(sa.(*unix.SockaddrInet4).Port))
	for range 2 { // there is place for one
		s, err := tcp.Dial(addr)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // to fail and not to hang
	defer cancel()
	f, polls := tcp.Connect(addr), 0
	c, err := runtime.BlockOn[*tcp.Conn](ctx, rt, pollConn(func(cx *future.Context) (*tcp.Conn, error) {
		c, err := f.Poll(cx)
		if polls++; polls == 1 {
			if err != future.NotReady {
				t.Errorf("connected to a full backlog: %v", err)
			}
			for range 2 {
				if fd, _, err := unix.Accept4(fd, unix.SOCK_NONBLOCK); err == nil {
					unix.Close(fd)
				}
			}
		}
		return c, err
	}))
	if err != nil {
		t.Fatalf("%v after %d polls", err, polls)
	}
	c.Close()
	if polls > 5 {
		t.Errorf("%d polls", polls)
	}
}

type pollConn func(cx *future.Context) (*tcp.Conn, error)

func (f pollConn) Poll(cx *future.Context) (*tcp.Conn, error) { return f(cx) }
