//go:build (unix && !aix) || windows

package tcp

import (
	"errors"
	"net/netip"
	"syscall"
)

// Package syscall has the calls in this file on Unix and on Windows, with a descriptor
// of type int and Handle.

const noDescriptor = ^descriptor(0)

func sockaddr(addr netip.AddrPort) (sa syscall.Sockaddr, family int, err error) {
	ip := addr.Addr().Unmap()
	switch {
	case ip.Is4():
		return &syscall.SockaddrInet4{Port: int(addr.Port()), Addr: ip.As4()}, syscall.AF_INET, nil
	case ip.Is6() && ip.Zone() == "":
		return &syscall.SockaddrInet6{Port: int(addr.Port()), Addr: ip.As16()}, syscall.AF_INET6, nil
	}
	return nil, 0, errors.New("not an IPv4 address, nor an IPv6 address without a zone")
}

func connect(fd descriptor, sa syscall.Sockaddr) error {
	err := syscall.Connect(fd, sa)
	if isInProgress(err) {
		return nil
	}
	return err
}

func socketError(fd descriptor) error {
	code, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, soError)
	if err == nil && code != 0 {
		err = syscall.Errno(code)
	}
	return err
}

func localAddr(fd descriptor) (netip.AddrPort, error) {
	sa, err := syscall.Getsockname(fd)
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)), err
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port)), err
	}
	return netip.AddrPort{}, err
}
