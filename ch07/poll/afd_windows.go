package poll

import (
	"fmt"
	"math"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Windows has no call like epoll_wait for sockets, but its socket driver, the
// Ancillary Function Driver (AFD), has a request like it: "complete when one
// of these events is true of this socket". A request that waits may complete
// into an I/O completion port, and a thread can wait for that port. This is
// how mio, libuv and wepoll get readiness out of a completion-based system.
// The request isn't documented; its numbers are those of wepoll's afd.h.
const ioctlAFDPoll = 0x00012024

const (
	afdReceive     = 1 << 0
	afdSend        = 1 << 2
	afdDisconnect  = 1 << 3 // the peer will send no more
	afdAbort       = 1 << 4 // the connection was reset
	afdLocalClose  = 1 << 5 // our own end was closed
	afdAccept      = 1 << 7
	afdConnectFail = 1 << 8
)

// An afdRequest is read and written by the kernel from afdPoll until its
// completion arrives, so it has to stay reachable for that long. (Go's collector
// doesn't move what is on the heap.)
type afdRequest struct {
	result windows.IO_STATUS_BLOCK
	poll   afdPollInfo
}

type afdPollInfo struct { // AFD_POLL_INFO with one handle
	timeout         int64
	numberOfHandles uint32
	exclusive       uint32
	socket          windows.Handle
	events          uint32
	status          windows.NTStatus
}

var (
	ntdll             = windows.NewLazySystemDLL("ntdll.dll")
	ntCreateFile      = ntdll.NewProc("NtCreateFile")
	ntDeviceIoControl = ntdll.NewProc("NtDeviceIoControlFile")
	ntCancelIoFileEx  = ntdll.NewProc("NtCancelIoFileEx")
)

// openAFD opens a handle for afdPoll requests, whose completions go to port.
func openAFD(port windows.Handle) (windows.Handle, error) {
	name, err := windows.NewNTUnicodeString(`\Device\Afd\Poll`)
	if err != nil {
		return 0, err
	}
	attributes := windows.OBJECT_ATTRIBUTES{ObjectName: name}
	attributes.Length = uint32(unsafe.Sizeof(attributes))
	var afd windows.Handle
	var result windows.IO_STATUS_BLOCK
	status, _, _ := ntCreateFile.Call(
		uintptr(unsafe.Pointer(&afd)), windows.SYNCHRONIZE,
		uintptr(unsafe.Pointer(&attributes)), uintptr(unsafe.Pointer(&result)),
		0, 0, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, windows.FILE_OPEN, 0, 0, 0)
	if status != 0 {
		return 0, fmt.Errorf(`NtCreateFile \Device\Afd: %w`, windows.NTStatus(status))
	}
	if _, err := windows.CreateIoCompletionPort(afd, port, 0, 0); err != nil {
		windows.CloseHandle(afd)
		return 0, fmt.Errorf("CreateIoCompletionPort: %w", err)
	}
	return afd, nil
}

// afdPoll asks for one completion when any of events is true of socket, which
// it may be already. The completion's OVERLAPPED is the address of r.
func afdPoll(afd, socket windows.Handle, events uint32, r *afdRequest) error {
	r.poll = afdPollInfo{timeout: math.MaxInt64, numberOfHandles: 1, socket: socket, events: events}
	r.result.Status = windows.STATUS_PENDING
	info, size := uintptr(unsafe.Pointer(&r.poll)), unsafe.Sizeof(r.poll)
	status, _, _ := ntDeviceIoControl.Call(
		uintptr(afd), 0, 0, uintptr(unsafe.Pointer(r)), uintptr(unsafe.Pointer(&r.result)),
		ioctlAFDPoll, info, size, info, size)
	if s := windows.NTStatus(status); s != windows.STATUS_SUCCESS && s != windows.STATUS_PENDING {
		return fmt.Errorf("NtDeviceIoControlFile AFD_POLL: %w", s)
	}
	return nil
}

// afdCancel ends a request early. Its completion still comes, with the status
// STATUS_CANCELLED and events that mean nothing.
func afdCancel(afd windows.Handle, r *afdRequest) {
	var result windows.IO_STATUS_BLOCK
	// STATUS_NOT_FOUND: it has completed already. Nothing else can be done about the rest.
	ntCancelIoFileEx.Call(uintptr(afd), uintptr(unsafe.Pointer(&r.result)), uintptr(unsafe.Pointer(&result)))
}

// afdSocket returns the handle that the driver knows for s, because a firewall or a
// proxy may have put a socket of its own in front of it.
func afdSocket(s windows.Handle) windows.Handle {
	const sioBaseHandle = 0x48000022
	var base windows.Handle
	var n uint32
	err := windows.WSAIoctl(s, sioBaseHandle, nil, 0, (*byte)(unsafe.Pointer(&base)), uint32(unsafe.Sizeof(base)), &n, nil, 0)
	if err != nil {
		return s
	}
	return base
}
