package tcp

import (
	"errors"
	"net/netip"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

type descriptor windows.Handle

const noDescriptor = descriptor(windows.InvalidHandle)

// startup loads the socket library. It stays loaded: Go's net does the same.
var startup = sync.OnceValue(func() error {
	var data windows.WSAData
	return windows.WSAStartup(0x202, &data)
})

func sockaddr(addr netip.AddrPort) (windows.Sockaddr, int32, error) {
	ip := addr.Addr().Unmap()
	switch {
	case ip.Is4():
		return &windows.SockaddrInet4{Port: int(addr.Port()), Addr: ip.As4()}, windows.AF_INET, nil
	case ip.Is6() && ip.Zone() == "":
		return &windows.SockaddrInet6{Port: int(addr.Port()), Addr: ip.As16()}, windows.AF_INET6, nil
	}
	return nil, 0, errors.New("not an IPv4 address, nor an IPv6 address without a zone")
}

// socket makes a non-blocking socket that child processes don't inherit.
func socket(family int32) (descriptor, error) {
	if err := startup(); err != nil {
		return noDescriptor, err
	}
	h, err := windows.WSASocket(family, windows.SOCK_STREAM, windows.IPPROTO_TCP, nil, 0,
		windows.WSA_FLAG_OVERLAPPED|windows.WSA_FLAG_NO_HANDLE_INHERIT)
	if err != nil {
		return noDescriptor, err
	}
	return nonBlocking(h)
}

func nonBlocking(h windows.Handle) (descriptor, error) {
	const fionbio = 0x8004667e
	on, n := uint32(1), uint32(0)
	err := windows.WSAIoctl(h, fionbio, (*byte)(unsafe.Pointer(&on)), uint32(unsafe.Sizeof(on)), nil, 0, &n, nil, 0)
	if err != nil {
		windows.Closesocket(h)
		return noDescriptor, err
	}
	return descriptor(h), nil
}

func connect(fd descriptor, sa windows.Sockaddr) error {
	err := windows.Connect(windows.Handle(fd), sa)
	if err == windows.WSAEWOULDBLOCK { // in progress
		return nil
	}
	return err
}

func read(fd descriptor, b []byte) (int, error) {
	var n, flags uint32
	err := windows.WSARecv(windows.Handle(fd), buffer(b), 1, &n, &flags, nil, nil)
	return int(n), err
}

func write(fd descriptor, b []byte) (int, error) {
	var n uint32
	err := windows.WSASend(windows.Handle(fd), buffer(b), 1, &n, 0, nil, nil)
	return int(n), err
}

func buffer(b []byte) *windows.WSABuf {
	return &windows.WSABuf{Len: uint32(min(len(b), 1<<30)), Buf: unsafe.SliceData(b)}
}

func socketError(fd descriptor) error {
	const soError = 0x1007
	code, err := windows.GetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, soError)
	if err == nil && code != 0 {
		err = windows.Errno(code)
	}
	return err
}

func closeDescriptor(fd descriptor) error { return windows.Closesocket(windows.Handle(fd)) }

// listen doesn't set SO_REUSEADDR, which on Windows lets others take the port.
func listen(fd descriptor, sa windows.Sockaddr) error {
	if sa6, ok := sa.(*windows.SockaddrInet6); ok && sa6.Addr == [16]byte{} { // for IPv4 as well, where that can be
		windows.SetsockoptInt(windows.Handle(fd), windows.IPPROTO_IPV6, windows.IPV6_V6ONLY, 0)
	}
	if err := windows.Bind(windows.Handle(fd), sa); err != nil {
		return err
	}
	return windows.Listen(windows.Handle(fd), backlog)
}

// wsaAccept is not in package windows, which has AcceptEx alone.
var wsaAccept = windows.NewLazySystemDLL("ws2_32.dll").NewProc("accept")

// accept skips connections whose peer gave up while they were in the backlog.
func accept(fd descriptor) (descriptor, error) {
	for {
		// The lock keeps a new process from inheriting the handle.
		syscall.ForkLock.RLock()
		r, _, err := wsaAccept.Call(uintptr(fd), 0, 0)
		h := windows.Handle(r)
		if h != windows.InvalidHandle {
			windows.SetHandleInformation(h, windows.HANDLE_FLAG_INHERIT, 0)
		}
		syscall.ForkLock.RUnlock()
		switch {
		case h != windows.InvalidHandle:
			return nonBlocking(h)
		case err == windows.WSAECONNRESET, err == windows.WSAEINTR:
		default:
			return noDescriptor, err
		}
	}
}

func localAddr(fd descriptor) (netip.AddrPort, error) {
	sa, err := windows.Getsockname(windows.Handle(fd))
	return addrPort(sa), err
}

func peerAddr(fd descriptor) netip.AddrPort {
	sa, _ := windows.Getpeername(windows.Handle(fd)) // nil with an error
	return addrPort(sa)
}

func addrPort(sa windows.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *windows.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *windows.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	}
	return netip.AddrPort{}
}

func isConnected(fd descriptor) bool {
	_, err := windows.Getpeername(windows.Handle(fd))
	return err == nil
}

func noDelay(fd descriptor) error {
	return windows.SetsockoptInt(windows.Handle(fd), windows.IPPROTO_TCP, windows.TCP_NODELAY, 1)
}

func closeWrite(fd descriptor) error { return windows.Shutdown(windows.Handle(fd), windows.SHUT_WR) }

func isWouldBlock(err error) bool   { return err == windows.WSAEWOULDBLOCK }
func isNotConnected(err error) bool { return err == windows.WSAENOTCONN }
