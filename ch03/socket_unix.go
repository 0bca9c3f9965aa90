//go:build unix

package main

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// A socket is a descriptor that Go's own event queue doesn't know. Its
// functions make one system call at a time, and count it.
type socket int

func dial(in *inbox, addr netip.AddrPort, nonblocking bool) (socket, error) {
	in.count("socket")
	// SOCK_CLOEXEC and SOCK_NONBLOCK would save the calls below, but macOS has neither.
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return -1, err
	}
	in.count("fcntl")
	unix.CloseOnExec(fd)
	sa := &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}
	in.count("connect")
	err = unix.Connect(fd, sa)
	// A signal ends the call, but the kernel continues to connect. Another
	// call returns when that is done.
	for err == unix.EINTR || err == unix.EALREADY {
		in.count("connect")
		if err = unix.Connect(fd, sa); err == unix.EISCONN {
			err = nil
		}
	}
	if err == nil && nonblocking {
		in.count("fcntl")
		// A new socket has no other flag that this could clear.
		_, err = unix.FcntlInt(uintptr(fd), unix.F_SETFL, unix.O_NONBLOCK)
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
	for {
		in.count("read")
		n, err := unix.Read(int(s), p)
		switch err {
		case nil:
			return n, nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, errWouldBlock
		default:
			return 0, err
		}
	}
}

func (s socket) close(in *inbox) {
	in.count("close")
	unix.Close(int(s)) // no error matters, because nothing was written
}
