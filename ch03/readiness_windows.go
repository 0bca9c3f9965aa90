package main

import (
	"fmt"
	"math"
	"unsafe"

	"golang.org/x/sys/windows"
)

// A queue is an I/O completion port, into which requests to the socket driver
// complete: see afd_windows.go. Each request ends with one completion.
type queue struct {
	in        *inbox
	port, afd windows.Handle
	waiting   map[*afdRequest]*conn // what the kernel may still write to
	last      *conn                 // that wait returned
}

func newQueue(in *inbox) (*queue, error) {
	in.count("CreateIoCompletionPort")
	// No limit to the threads that run: one that has waited here and gone on to
	// other goroutines would count against it.
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
	if q.last != nil && !q.last.closed { // a request reports once: ask again
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
	if overlapped == nil { // otherwise err is the request's: reading will tell
		return nil, fmt.Errorf("GetQueuedCompletionStatus: %w", err)
	}
	return (*afdRequest)(unsafe.Pointer(overlapped)), nil
}

func (q *queue) close() {
	// Only after an error is anything waiting here.
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
