package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// A queue is an epoll instance, see epoll(7). The kernel keeps the list of the
// watched sockets, so wait doesn't pass it again, as poll(2) would.
type queue struct {
	in    *inbox
	fd    int
	conns map[int32]*conn // by descriptor
}

func newQueue(in *inbox) (*queue, error) {
	in.count("epoll_create1")
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	return &queue{in: in, fd: fd, conns: make(map[int32]*conn)}, nil
}

func (q *queue) add(c *conn) error {
	// Fd may be any number, because it only comes back with the event.
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(c.socket)}
	q.in.count("epoll_ctl")
	if err := unix.EpollCtl(q.fd, unix.EPOLL_CTL_ADD, int(c.socket), &event); err != nil {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	q.conns[event.Fd] = c
	return nil
}

// wait sleeps until some connections can be read. A socket is reported again
// and again as long as it can be read. With EPOLLET epoll would report changes
// only.
func (q *queue) wait() (ready []*conn, err error) {
	var events [8]unix.EpollEvent
	for {
		q.in.count("epoll_wait")
		n, err := unix.EpollWait(q.fd, events[:], -1)
		if err == unix.EINTR { // a signal; Go sends some to its own threads
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("epoll_wait: %w", err)
		}
		for _, e := range events[:n] {
			ready = append(ready, q.conns[e.Fd])
		}
		return ready, nil
	}
}

func (q *queue) close() {
	q.in.count("close")
	unix.Close(q.fd)
}
