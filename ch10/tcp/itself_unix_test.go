//go:build unix

package tcp

import (
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// TestToItself connects a socket to the address that it is bound to.
func TestToItself(t *testing.T) {
	for _, ip := range []string{"127.0.0.1", "::1"} {
		sa, family, _ := sockaddr(netip.AddrPortFrom(netip.MustParseAddr(ip), 0))
		fd, err := socket(family)
		if err != nil {
			t.Fatal(err)
		}
		defer closeDescriptor(fd)
		if err := unix.Bind(int(fd), sa); err != nil {
			t.Skipf("no %s here: %v", ip, err)
		}
		addr, _ := localAddr(fd)
		if sa, _, _ = sockaddr(addr); connect(fd, sa) != nil {
			t.Skip("the system doesn't connect a socket to itself")
		}
		if !toItself(fd, addr) {
			t.Errorf("%v: not noticed", addr)
		}
		if other := netip.AddrPortFrom(addr.Addr(), addr.Port()^1); toItself(fd, other) {
			t.Errorf("%v is said to be %v", addr, other)
		}
	}
}

// TestDialDoesNotReachItself dials a port that nobody listens at, until the system would have chosen it. Linux
// has chosen it before: it gives connections other ports than listeners.
func TestDialDoesNotReachItself(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	addr := c.LocalAddr().(*net.TCPAddr).AddrPort()
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
	for range 10_000 {
		s, err := Dial(addr)
		if err != nil {
			continue // refused at once
		}
		if local, err := localAddr(s.fd); err == nil && local == addr {
			t.Fatalf("%v is connected to itself", addr)
		}
		s.Close()
	}
}
