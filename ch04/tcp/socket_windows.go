package tcp

import (
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

type descriptor = syscall.Handle

const soError = 0x1007

// startup loads the socket library. It stays loaded: Go's net does the same.
var startup = sync.OnceValue(func() error {
	var data windows.WSAData
	return windows.WSAStartup(0x202, &data)
})

// socket makes a non-blocking socket that child processes don't inherit.
func socket(family int) (descriptor, error) {
	if err := startup(); err != nil {
		return noDescriptor, err
	}
	h, err := windows.WSASocket(int32(family), windows.SOCK_STREAM, windows.IPPROTO_TCP, nil, 0,
		windows.WSA_FLAG_OVERLAPPED|windows.WSA_FLAG_NO_HANDLE_INHERIT)
	if err != nil {
		return noDescriptor, err
	}
	const fionbio = 0x8004667e
	on, n := uint32(1), uint32(0)
	err = windows.WSAIoctl(h, fionbio, (*byte)(unsafe.Pointer(&on)), uint32(unsafe.Sizeof(on)), nil, 0, &n, nil, 0)
	if err != nil {
		windows.Closesocket(h)
		return noDescriptor, err
	}
	return descriptor(h), nil
}

func read(fd descriptor, b []byte) (int, error) {
	var n, flags uint32
	err := syscall.WSARecv(fd, buffer(b), 1, &n, &flags, nil, nil)
	return int(n), err
}

func write(fd descriptor, b []byte) (int, error) {
	var n uint32
	err := syscall.WSASend(fd, buffer(b), 1, &n, 0, nil, nil)
	return int(n), err
}

func buffer(b []byte) *syscall.WSABuf {
	return &syscall.WSABuf{Len: uint32(min(len(b), 1<<30)), Buf: unsafe.SliceData(b)}
}

func closeDescriptor(fd descriptor) error { return syscall.Closesocket(fd) }

func isInProgress(err error) bool   { return err == windows.WSAEWOULDBLOCK }
func isWouldBlock(err error) bool   { return err == windows.WSAEWOULDBLOCK }
func isNotConnected(err error) bool { return err == windows.WSAENOTCONN }
