package poll

import (
	"time"

	"golang.org/x/sys/unix"
)

// queue is an epoll instance, see epoll(7). The kernel keeps the registrations, and
// returns with each event the 64 bits that were registered with its source.
type queue struct {
	epfd   int
	events []unix.EpollEvent // where epoll_wait writes to
}

// armed is empty, because epoll itself re-arms an edge.
type armed struct{}

func (*Registration) wouldBlock(Interest) {}

func (q *queue) open() (err error) {
	q.epfd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	return err
}

func (q *queue) close() error { return unix.Close(q.epfd) }

func (q *queue) register(fd uintptr, reg *Registration) error {
	var events uint32
	if reg.interest&Readable != 0 {
		events |= unix.EPOLLIN | unix.EPOLLRDHUP
	}
	if reg.interest&Writable != 0 {
		events |= unix.EPOLLOUT
	}
	if reg.interest&Level == 0 {
		events |= unix.EPOLLET
	}
	// The field that C calls data is a union of 64 bits. Go sees it as two halves,
	// whose offsets differ, because C packs the struct on amd64 alone.
	// unix.EpollEvent is right on each. The book's was not (its issue 5).
	return unix.EpollCtl(q.epfd, unix.EPOLL_CTL_ADD, int(fd), &unix.EpollEvent{
		Events: events,
		Fd:     int32(reg.token),
		Pad:    int32(reg.token >> 32),
	})
}

func (q *queue) deregister(fd uintptr) error {
	return unix.EpollCtl(q.epfd, unix.EPOLL_CTL_DEL, int(fd), nil)
}

// wait returns no event and no error when the time is over or a signal came.
func (q *queue) wait(events []Event, timeout time.Duration) (int, error) {
	if len(q.events) < len(events) {
		q.events = make([]unix.EpollEvent, len(events))
	}
	n, err := unix.EpollWait(q.epfd, q.events[:len(events)], milliseconds(timeout))
	if err == unix.EINTR {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for i, e := range q.events[:n] {
		events[i] = event(e)
	}
	return n, nil
}

func event(e unix.EpollEvent) Event {
	ev := Event{token: Token(uint32(e.Fd)) | Token(uint32(e.Pad))<<32}
	// EPOLLERR and EPOLLHUP come whether or not they were asked for.
	if e.Events&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		ev.ready |= Readable
	}
	if e.Events&(unix.EPOLLOUT|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		ev.ready |= Writable
	}
	ev.closed = e.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0
	if e.Events&unix.EPOLLERR != 0 {
		ev.err = ErrSource
	}
	return ev
}
