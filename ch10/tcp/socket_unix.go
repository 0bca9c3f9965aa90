//go:build unix && !aix

package tcp

import (
	"errors"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

type descriptor int

const noDescriptor descriptor = -1

func sockaddr(addr netip.AddrPort) (unix.Sockaddr, int, error) {
	ip := addr.Addr().Unmap()
	switch {
	case ip.Is4():
		return &unix.SockaddrInet4{Port: int(addr.Port()), Addr: ip.As4()}, unix.AF_INET, nil
	case ip.Is6() && ip.Zone() == "":
		return &unix.SockaddrInet6{Port: int(addr.Port()), Addr: ip.As16()}, unix.AF_INET6, nil
	}
	return nil, 0, errors.New("not an IPv4 address, nor an IPv6 address without a zone")
}

func connect(fd descriptor, sa unix.Sockaddr) error {
	err := unix.Connect(int(fd), sa)
	if err == unix.EINPROGRESS || err == unix.EINTR { // interrupted, it goes on: connect(2)
		return nil
	}
	return err
}

func read(fd descriptor, b []byte) (int, error)  { return retry(unix.Read, fd, b) }
func write(fd descriptor, b []byte) (int, error) { return retry(unix.Write, fd, b) }

// retry repeats a call that a signal interrupted. Go's runtime sends itself
// signals to preempt goroutines, so this does happen. It asks for 1 GiB at
// most: macOS and FreeBSD refuse more than 2.
func retry(call func(int, []byte) (int, error), fd descriptor, b []byte) (int, error) {
	for {
		n, err := call(int(fd), b[:min(len(b), 1<<30)])
		if err != unix.EINTR {
			return n, err
		}
	}
}

func socketError(fd descriptor) error {
	code, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && code != 0 {
		err = unix.Errno(code)
	}
	return err
}

func closeDescriptor(fd descriptor) error { return unix.Close(int(fd)) }

// listen takes over the port of a server that has just ended: without REUSEADDR
// its last connections keep the port for a minute or more.
func listen(fd descriptor, sa unix.Sockaddr) error {
	if err := unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return err
	}
	if sa6, ok := sa.(*unix.SockaddrInet6); ok && sa6.Addr == [16]byte{} { // for IPv4 as well, where that can be
		unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0)
	}
	if err := unix.Bind(int(fd), sa); err != nil {
		return err
	}
	return unix.Listen(int(fd), backlog)
}

func accept(fd descriptor) (descriptor, error) { return skipAborted(acceptOne, fd) }

// skipAborted skips connections whose peer gave up while they were in the backlog.
func skipAborted(accept func(int) (int, error), fd descriptor) (descriptor, error) {
	for {
		c, err := accept(int(fd))
		switch err {
		case nil:
			return descriptor(c), nil
		case unix.EINTR, unix.ECONNABORTED:
		default:
			return noDescriptor, err
		}
	}
}

// localAddr uses package syscall: package unix asks for the protocol as well, in a call of its own.
func localAddr(fd descriptor) (netip.AddrPort, error) {
	sa, err := syscall.Getsockname(int(fd))
	return addrPort(sa), err
}

func peerAddr(fd descriptor) netip.AddrPort {
	sa, _ := syscall.Getpeername(int(fd)) // nil with an error
	return addrPort(sa)
}

func addrPort(sa syscall.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	}
	return netip.AddrPort{}
}

func isConnected(fd descriptor) bool {
	_, err := unix.Getpeername(int(fd))
	return err == nil
}

func noDelay(fd descriptor) error {
	return unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
}

func closeWrite(fd descriptor) error { return unix.Shutdown(int(fd), unix.SHUT_WR) }

func isWouldBlock(err error) bool   { return err == unix.EAGAIN || err == unix.EWOULDBLOCK }
func isNotConnected(err error) bool { return err == unix.ENOTCONN }
