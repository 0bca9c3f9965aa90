package main

import (
	"fmt"
	"math"
	"unsafe"

	"golang.org/x/sys/windows"
)

// A queue is an I/O completion port, to which the requests to the socket
// driver report (see afd_windows.go). Each request ends with one completion.
type queue struct {
	in        *inbox
	port, afd windows.Handle
	waiting   map[*afdRequest]*conn // requests that the kernel may still write to
	last      *conn                 // the one that wait returned last
}

func newQueue(in *inbox) (*queue, error) {
	in.count("CreateIoCompletionPort")
	// No limit to the threads that run, because a thread that has waited
	// here and now runs other goroutines would count against it.
	port, err := windows.CreateIoCompletionPort(windows.InvalidHandle, 0, 0, math.MaxUint32)
	if err != nil {
		return nil, fmt.Errorf("CreateIoCompletionPort: %w", err)
	}
	in.count("NtCreateFile")
	in.count("CreateIoCompletionPort")
	afd, err := openAFD(port)
	if err != nil {
		windows.CloseHandle(port)
		return nil, err
	}
	return &queue{in: in, port: port, afd: afd, waiting: make(map[*afdRequest]*conn)}, nil
}

func (q *queue) add(c *conn) error {
	q.in.count("WSAIoctl")
	socket := afdSocket(windows.Handle(c.socket))
	r := new(afdRequest)
	q.in.count("NtDeviceIoControlFile")
	if err := afdPoll(q.afd, socket, afdReceive|afdDisconnect|afdAbort, r); err != nil {
		return err
	}
	q.waiting[r] = c
	return nil
}

func (q *queue) wait() ([]*conn, error) {
	if q.last != nil && !q.last.closed { // a request reports once, so ask again
		if err := q.add(q.last); err != nil {
			return nil, err
		}
	}
	r, err := q.next()
	if err != nil {
		return nil, err
	}
	q.last = q.waiting[r]
	delete(q.waiting, r)
	return []*conn{q.last}, nil
}

func (q *queue) next() (*afdRequest, error) {
	var n uint32
	var key uintptr
	var overlapped *windows.Overlapped
	q.in.count("GetQueuedCompletionStatus")
	err := windows.GetQueuedCompletionStatus(q.port, &n, &key, &overlapped, windows.INFINITE)
	if overlapped == nil { // otherwise err is the request's, and the read will return it
		return nil, fmt.Errorf("GetQueuedCompletionStatus: %w", err)
	}
	return (*afdRequest)(unsafe.Pointer(overlapped)), nil
}

func (q *queue) close() {
	// Requests wait here only after an error.
	for r := range q.waiting {
		afdCancel(q.afd, r)
	}
	for len(q.waiting) > 0 {
		r, err := q.next()
		if err != nil {
			break
		}
		delete(q.waiting, r)
	}
	q.in.count("CloseHandle")
	windows.CloseHandle(q.afd)
	q.in.count("CloseHandle")
	windows.CloseHandle(q.port)
}
