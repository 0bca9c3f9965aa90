package main

import (
	"fmt"
	"math"

	"golang.org/x/sys/windows"
)

// A queue is an I/O completion port. It reports operations that are done, not
// sockets that are ready. So add starts a read of no bytes, which is done as
// soon as there is something to read. Go's syscall.RawConn and libuv's TCP
// streams wait like this, too.
type queue struct {
	in      *inbox
	port    windows.Handle
	waiting map[*windows.Overlapped]*conn // reads that the kernel may still write to
	last    *conn                         // the one that wait returned last
}

func newQueue(in *inbox) (*queue, error) {
	// No limit to the threads that run, because a thread that has waited
	// here and now runs other goroutines would count against it.
	port, err := windows.CreateIoCompletionPort(windows.InvalidHandle, 0, 0, math.MaxUint32)
	return &queue{in: in, port: port, waiting: make(map[*windows.Overlapped]*conn)}, in.call("CreateIoCompletionPort", err)
}

func (q *queue) add(c *conn) error {
	_, err := windows.CreateIoCompletionPort(windows.Handle(c.socket), q.port, 0, 0)
	if err := q.in.call("CreateIoCompletionPort", err); err != nil {
		return err
	}
	return q.start(c)
}

// start starts a read of no bytes.
func (q *queue) start(c *conn) error {
	done := new(windows.Overlapped)
	var flags uint32
	q.in.count("empty WSARecv")
	err := windows.WSARecv(windows.Handle(c.socket), &windows.WSABuf{}, 1, nil, &flags, done, nil)
	if err != nil && err != windows.ERROR_IO_PENDING {
		return fmt.Errorf("read from %v: %w", c.addr, err)
	}
	q.waiting[done] = c
	return nil
}

func (q *queue) wait() ([]*conn, error) {
	if q.last != nil && !q.last.closed { // each read reports once, so start another
		if err := q.start(q.last); err != nil {
			return nil, err
		}
	}
	var n uint32
	var key uintptr
	var done *windows.Overlapped
	err := windows.GetQueuedCompletionStatus(q.port, &n, &key, &done, windows.INFINITE)
	q.in.count("GetQueuedCompletionStatus")
	if done == nil { // otherwise err is the read's, and readAll will meet it too
		return nil, fmt.Errorf("GetQueuedCompletionStatus: %w", err)
	}
	q.last = q.waiting[done]
	delete(q.waiting, done)
	return []*conn{q.last}, nil
}

// close also ends the reads that an error has left waiting.
func (q *queue) close() {
	q.last = nil // so that wait starts no other
	for _, c := range q.waiting {
		c.close()
	}
	for len(q.waiting) > 0 {
		if _, err := q.wait(); err != nil {
			break
		}
	}
	q.in.call("CloseHandle", windows.CloseHandle(q.port))
}
