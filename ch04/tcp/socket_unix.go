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

// localAddr uses package syscall: package unix asks for the protocol as well, in a call of its own.
func localAddr(fd descriptor) (netip.AddrPort, error) {
	sa, err := syscall.Getsockname(int(fd))
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)), err
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port)), err
	}
	return netip.AddrPort{}, err
}

func isWouldBlock(err error) bool   { return err == unix.EAGAIN || err == unix.EWOULDBLOCK }
func isNotConnected(err error) bool { return err == unix.ENOTCONN }
