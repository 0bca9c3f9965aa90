package main

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A ring is an io_uring, see io_uring(7). It is two queues in memory that we
// share with the kernel. We put requests at the tail of the submission queue,
// and take results from the head of the completion queue. The kernel does the
// reverse. One system call both submits requests and waits for results.
type ring struct {
	in       *inbox
	fd       int
	queues   []byte // the mapping of both queues (one since Linux 5.4), and that of the requests
	requests []byte

	sqHead, sqTail *uint32
	cqHead, cqTail *uint32
	sqes           []sqe
	cqes           []cqe
	inFlight       int // requests without a result so far
}

// The structures and numbers of <linux/io_uring.h>.
type sqe struct { // a request: submission queue entry
	opcode, flags uint8
	ioprio        uint16
	fd            int32
	off, addr     uint64
	len, opFlags  uint32
	userData      uint64
	_             [3]uint64
}

type cqe struct { // a result: completion queue entry
	userData uint64
	res      int32
	flags    uint32
}

type ringParams struct {
	sqEntries, cqEntries, flags, sqThreadCPU, sqThreadIdle, features, wqFd uint32

	_  [3]uint32
	sq struct{ head, tail, mask, entries, flags, dropped, array, _, _, _ uint32 }
	cq struct{ head, tail, mask, entries, overflow, cqes, flags, _, _, _ uint32 }
}

const (
	opRecv         = 27
	enterGetEvents = 1 << 0 // wait
	rwCurPos       = 1 << 3 // a feature of Linux 5.6, the first with opRecv
	requestsOffset = 0x10000000
)

func newRing(in *inbox, entries uint32) (*ring, error) {
	var p ringParams
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, uintptr(entries), uintptr(unsafe.Pointer(&p)), 0)
	in.count("io_uring_setup")
	switch errno {
	case 0:
	case unix.ENOSYS, unix.EPERM, unix.EACCES: // too old, or switched off, as in many containers and sandboxes
		return nil, fmt.Errorf("this system refuses io_uring: io_uring_setup: %w: %w", errno, errors.ErrUnsupported)
	default:
		return nil, fmt.Errorf("io_uring_setup: %w", errno)
	}
	r := &ring{in: in, fd: int(fd)}
	if err := r.mmap(&p); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *ring) mmap(p *ringParams) (err error) {
	if p.features&rwCurPos == 0 {
		return fmt.Errorf("the io_uring of this kernel is too old: %w", errors.ErrUnsupported)
	}
	size := max(p.sq.array+p.sqEntries*4, p.cq.cqes+p.cqEntries*uint32(unsafe.Sizeof(cqe{})))
	prot, flags := unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE
	r.queues, err = unix.Mmap(r.fd, 0, int(size), prot, flags)
	if err := r.in.call("mmap", err); err != nil {
		return err
	}
	r.requests, err = unix.Mmap(r.fd, requestsOffset, int(p.sqEntries)*int(unsafe.Sizeof(sqe{})), prot, flags)
	if err := r.in.call("mmap", err); err != nil {
		return err
	}
	at := func(offset uint32) *uint32 { return (*uint32)(unsafe.Pointer(&r.queues[offset])) }
	r.sqHead, r.sqTail, r.cqHead, r.cqTail = at(p.sq.head), at(p.sq.tail), at(p.cq.head), at(p.cq.tail)
	r.sqes = unsafe.Slice((*sqe)(unsafe.Pointer(&r.requests[0])), p.sqEntries)
	r.cqes = unsafe.Slice((*cqe)(unsafe.Pointer(&r.queues[p.cq.cqes])), p.cqEntries)
	for i := range p.sqEntries { // the submission queue has positions in sqes; ours are the same in every round
		*at(p.sq.array + 4*i) = i
	}
	return nil
}

// recv puts a read into p in the submission queue. p must neither move nor go
// away before the result is there, and the result carries id. At most as many
// requests as the ring has entries may be unsent.
func (r *ring) recv(s socket, p []byte, id int) {
	tail := *r.sqTail // only we write it
	r.sqes[tail%uint32(len(r.sqes))] = sqe{opcode: opRecv, fd: int32(s),
		addr: uint64(uintptr(unsafe.Pointer(&p[0]))), len: uint32(len(p)), userData: uint64(id)}
	atomic.StoreUint32(r.sqTail, tail+1) // publishes the request; atomic, so that the lines above come first
	r.inFlight++
}

// wait returns the next result. If there is none, it submits the unsent
// requests and sleeps. n is the number that recv(2) would have returned, or
// the number of an error, negated.
func (r *ring) wait() (id, n int, err error) {
	head := *r.cqHead // only we write it
	for head == atomic.LoadUint32(r.cqTail) {
		unsent := *r.sqTail - atomic.LoadUint32(r.sqHead)
		_, _, errno := unix.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(unsent), 1, enterGetEvents, 0, 0)
		r.in.count("io_uring_enter")
		if errno != 0 && errno != unix.EINTR {
			return 0, 0, fmt.Errorf("io_uring_enter: %w", errno)
		}
	}
	result := r.cqes[head%uint32(len(r.cqes))]
	atomic.StoreUint32(r.cqHead, head+1) // gives the entry back
	r.inFlight--
	return int(result.userData), int(result.res), nil
}

func (r *ring) close() {
	for _, m := range [][]byte{r.queues, r.requests} {
		if m != nil {
			r.in.call("munmap", unix.Munmap(m))
		}
	}
	r.in.call("close", unix.Close(r.fd))
}
