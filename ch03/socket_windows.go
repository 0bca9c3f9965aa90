package main

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/windows"
)

// A socket is a handle that Go's own event queue doesn't know. Its functions
// make one call into Windows at a time, and count it.
type socket windows.Handle

// errWouldBlock is the error of a read from a non-blocking socket on which
// nothing has arrived. Unix calls it EAGAIN.
const errWouldBlock = windows.WSAEWOULDBLOCK

func dial(in *inbox, addr netip.AddrPort, nonblocking bool) (socket, error) {
	var data windows.WSAData
	if err := windows.WSAStartup(0x0202, &data); err != nil { // version 2.2; the calls below need it
		return 0, err
	}
	h, err := windows.WSASocket(windows.AF_INET, windows.SOCK_STREAM, windows.IPPROTO_TCP, nil, 0,
		windows.WSA_FLAG_OVERLAPPED|windows.WSA_FLAG_NO_HANDLE_INHERIT)
	if err := in.call("WSASocket", err); err != nil {
		return 0, err
	}
	err = windows.Connect(h, &windows.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()})
	in.count("connect")
	if err == nil && nonblocking {
		const fionbio = 0x8004667e
		on, n := uint32(1), uint32(0)
		err = windows.WSAIoctl(h, fionbio, (*byte)(unsafe.Pointer(&on)), uint32(unsafe.Sizeof(on)), nil, 0, &n, nil, 0)
		in.count("WSAIoctl")
	}
	if err != nil {
		socket(h).close(in)
		return 0, err
	}
	return socket(h), nil
}

// read waits for data, but from a non-blocking socket it returns errWouldBlock
// instead. It returns 0 bytes when the peer has closed.
func (s socket) read(in *inbox, p []byte) (int, error) {
	buf := windows.WSABuf{Len: uint32(len(p)), Buf: &p[0]}
	var n, flags uint32
	in.count("WSARecv")
	err := windows.WSARecv(windows.Handle(s), &buf, 1, &n, &flags, nil, nil)
	return int(n), err
}

func (s socket) close(in *inbox) {
	in.call("closesocket", windows.Closesocket(windows.Handle(s))) // no error matters, because nothing was written
}
