//go:build darwin || freebsd || netbsd || openbsd

package poll

import (
	"errors"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// queue is a kqueue, see kqueue(2). Its entries are filters, one for reading a
// descriptor and another for writing it, so one source may bring two events.
// A kevent has room for a pointer of the caller's (udata), but Go's collector
// can't see a pointer that only the kernel holds. So the table has the tokens.
type queue struct {
	kq     int
	events []unix.Kevent_t // where kevent writes to

	mu     sync.Mutex
	table  map[uintptr]*Registration // by descriptor
	serial int                       // of the newest registration
}

// armed has the number of a registration. It shows whether an event may be about a
// socket that had the same descriptor before. (With EV_CLEAR kqueue re-arms an edge.)
type armed struct{ serial int }

func (*Registration) wouldBlock(Interest) {}

func (q *queue) open() (err error) {
	q.table = make(map[uintptr]*Registration)
	if q.kq, err = unix.Kqueue(); err == nil {
		unix.CloseOnExec(q.kq)
	}
	return err
}

func (q *queue) close() error { return unix.Close(q.kq) }

func (q *queue) register(fd uintptr, reg *Registration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.table[fd] != nil {
		return unix.EEXIST
	}
	flags := unix.EV_ADD
	if reg.interest&Level == 0 {
		flags |= unix.EV_CLEAR
	}
	for _, filter := range filters(reg.interest) {
		if err := q.change(fd, filter, flags); err != nil {
			q.remove(fd, reg.interest)
			return err
		}
	}
	q.table[fd] = reg
	q.serial++
	reg.armed.serial = q.serial
	return nil
}

func (q *queue) deregister(fd uintptr) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	reg := q.table[fd]
	if reg == nil {
		return unix.ENOENT
	}
	delete(q.table, fd)
	return q.remove(fd, reg.interest)
}

// remove takes a descriptor's filters out. The kernel has done so already for
// a descriptor that was closed, and then answers ENOENT or EBADF.
func (q *queue) remove(fd uintptr, i Interest) (err error) {
	for _, filter := range filters(i) {
		err = errors.Join(err, q.change(fd, filter, unix.EV_DELETE))
	}
	return err
}

func filters(i Interest) (f []int) {
	if i&Readable != 0 {
		f = append(f, unix.EVFILT_READ)
	}
	if i&Writable != 0 {
		f = append(f, unix.EVFILT_WRITE)
	}
	return f
}

// change applies one change at once. With no room for events, kevent returns
// its error and takes no event out of the queue.
func (q *queue) change(fd uintptr, filter, flags int) error {
	var change [1]unix.Kevent_t
	unix.SetKevent(&change[0], int(fd), filter, flags) // knows each system's field widths
	_, err := unix.Kevent(q.kq, change[:], nil, nil)
	if err == unix.EINTR { // the change has been made all the same
		return nil
	}
	return err
}

// wait returns no event and no error when the time is over or a signal came.
func (q *queue) wait(events []Event, timeout time.Duration) (int, error) {
	if len(q.events) < len(events) {
		q.events = make([]unix.Kevent_t, len(events))
	}
	var limit *unix.Timespec // nil if there is none
	if timeout >= 0 {
		// Some systems refuse a wait of years.
		ts := unix.NsecToTimespec(int64(min(timeout, 24*time.Hour)))
		limit = &ts
	}
	q.mu.Lock()
	newest := q.serial
	q.mu.Unlock()
	n, err := unix.Kevent(q.kq, nil, q.events[:len(events)], limit)
	if err == unix.EINTR || err == unix.ETIMEDOUT { // the second on macOS: Go issue 59679
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	filled := 0
	for i := range q.events[:n] {
		reg := q.table[uintptr(q.events[i].Ident)]
		if reg == nil {
			continue // deregistered since the kernel answered
		}
		events[filled] = event(&q.events[i], reg.token)
		if reg.armed.serial > newest {
			// It was registered after the call had begun, so this may be the end of
			// another socket. Readiness may be wrong, an error may not.
			events[filled].closed, events[filled].err = false, nil
		}
		filled++
	}
	return filled, nil
}

func event(k *unix.Kevent_t, t Token) Event {
	ev := Event{token: t, ready: Readable}
	if int(k.Filter) == unix.EVFILT_WRITE {
		ev.ready = Writable
	}
	if k.Flags&unix.EV_EOF != 0 {
		ev.closed = true
		if k.Fflags != 0 { // the socket's error
			ev.ready, ev.err = Readable|Writable, unix.Errno(k.Fflags)
		}
	}
	return ev
}
