//go:build unix

package main

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// A socket is a descriptor that Go's own event queue doesn't know. Its
// functions make one system call at a time, and count it.
type socket int

// errWouldBlock is the error of a read from a non-blocking socket on which
// nothing has arrived.
const errWouldBlock = unix.EAGAIN

func dial(in *inbox, addr netip.AddrPort, nonblocking bool) (socket, error) {
	// SOCK_CLOEXEC and SOCK_NONBLOCK would save the calls of fcntl, but macOS has neither.
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err := in.call("socket", err); err != nil {
		return -1, err
	}
	unix.CloseOnExec(fd)
	in.count("fcntl")
	sa := &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}
	err = unix.EINTR
	// A signal ends the call, but the kernel continues to connect. Another
	// call returns when that is done.
	for err == unix.EINTR || err == unix.EALREADY {
		err = unix.Connect(fd, sa)
		in.count("connect")
	}
	if err == unix.EISCONN { // it was done before that call
		err = nil
	}
	if err == nil && nonblocking {
		// A new socket has no other flag that this could clear.
		_, err = unix.FcntlInt(uintptr(fd), unix.F_SETFL, unix.O_NONBLOCK)
		in.count("fcntl")
	}
	if err != nil {
		socket(fd).close(in)
		return -1, err
	}
	return socket(fd), nil
}

// read waits for data, but from a non-blocking socket it returns errWouldBlock
// instead. It returns 0 bytes when the peer has closed.
func (s socket) read(in *inbox, p []byte) (int, error) {
	in.count("read")
	return unix.Read(int(s), p)
}

func (s socket) close(in *inbox) {
	in.call("close", unix.Close(int(s))) // no error matters, because nothing was written
}
