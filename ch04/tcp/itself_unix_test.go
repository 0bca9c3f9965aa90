//go:build unix && !aix

package tcp

import (
	"net/netip"
	"syscall"
	"testing"
)

// bound returns a socket that has an address, which is at but for the port.
func bound(t *testing.T, at string) (descriptor, netip.AddrPort) {
	t.Helper()
	sa, family, err := sockaddr(netip.MustParseAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	fd, err := socket(family)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeDescriptor(fd) })
	if err := syscall.Bind(fd, sa); err != nil {
		t.Skipf("%s: %v", at, err) // no IPv6; or only Linux has all of 127.0.0.0/8
	}
	addr, err := localAddr(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fd, addr
}

// TestConnectedToItself gives a socket the port that is dialled, as the system does
// once in some ten thousand times when nobody listens there.
func TestConnectedToItself(t *testing.T) {
	for dialled, at := range map[string]string{
		"127.0.0.1": "127.0.0.1:0", "::ffff:127.0.0.1": "127.0.0.1:0", "0.0.0.0": "127.0.0.1:0", "::1": "[::1]:0",
	} {
		t.Run(dialled, func(t *testing.T) {
			fd, addr := bound(t, at)
			addr = netip.AddrPortFrom(netip.MustParseAddr(dialled), addr.Port())
			sa, _, err := sockaddr(addr)
			if err != nil {
				t.Fatal(err)
			}
			if err := connect(fd, sa); err != nil {
				t.Fatal(err)
			}
			if !isItself(fd, addr) {
				t.Errorf("%v isn't seen to be connected to itself", addr)
			}
		})
	}
}

// TestSamePortElsewhere is not the socket itself.
func TestSamePortElsewhere(t *testing.T) {
	listener, addr := bound(t, "127.0.0.1:0")
	if err := syscall.Listen(listener, 1); err != nil {
		t.Fatal(err)
	}
	fd, _ := bound(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), addr.Port()).String())
	sa, _, _ := sockaddr(addr)
	if err := connect(fd, sa); err != nil {
		t.Fatal(err)
	}
	if isItself(fd, addr) {
		t.Error("another address with the same port is taken for the socket's own")
	}
}
