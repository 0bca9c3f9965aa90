package http

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/tcp"
)

// full listens, takes no connection, and has no place for another to wait: Linux
// answers nothing then to whoever connects.
func full(t *testing.T) netip.AddrPort {
	t.Helper()
	leaktest.Check(t)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
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
		t.Cleanup(func() { s.Close() })
	}
	return addr
}

func TestSilenceWhileConnecting(t *testing.T) {
	addr := full(t)
	k := &task[string]{f: waiting{Get(addr, "/x"), 100 * time.Millisecond}}
	err := run(k)
	if want := fmt.Sprintf("GET %v/x: nothing from the server in 100ms", addr); err == nil || err.Error() != want {
		t.Errorf("%v; want %s", err, want)
	}
	if k.polls > few {
		t.Errorf("%d polls", k.polls)
	}
}

func TestDropWhileConnecting(t *testing.T) {
	addr := full(t)
	h := byHand(t)
	f, b := Get(addr, "/x").(*get), newBell()
	if txt, err := pollOnce(h, f, b); err != future.NotReady || len(f.unsent) == 0 {
		t.Fatalf("%q, %v, unsent: %q", txt, err, f.unsent)
	}
	drop(h, f)
	drop(h, f)
	panics(t, f)
	if f.timer.IsSet() {
		t.Error("the timer goes on")
	}
}
