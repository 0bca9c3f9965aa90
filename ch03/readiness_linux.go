package main

import "golang.org/x/sys/unix"

// A queue is an epoll instance, see epoll(7). The kernel keeps the list of the
// watched sockets, so wait doesn't pass it again, as poll(2) would.
type queue struct {
	in    *inbox
	fd    int
	conns map[int32]*conn // by descriptor
}

func newQueue(in *inbox) (*queue, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	return &queue{in: in, fd: fd, conns: make(map[int32]*conn)}, in.call("epoll_create1", err)
}

func (q *queue) add(c *conn) error {
	// Fd may be any number, because it only comes back with the event.
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(c.socket)}
	q.conns[event.Fd] = c
	return q.in.call("epoll_ctl", unix.EpollCtl(q.fd, unix.EPOLL_CTL_ADD, int(c.socket), &event))
}

// wait sleeps until some connections can be read. A socket is reported again
// and again as long as it can be read. With EPOLLET epoll would report changes
// only.
func (q *queue) wait() (ready []*conn, err error) {
	var events [8]unix.EpollEvent
	n, err := unix.EpollWait(q.fd, events[:], -1)
	if err == unix.EINTR { // a signal; Go sends some to its own threads
		n, err = 0, nil
	}
	for _, e := range events[:max(n, 0)] {
		ready = append(ready, q.conns[e.Fd])
	}
	return ready, q.in.call("epoll_wait", err)
}

func (q *queue) close() { q.in.call("close", unix.Close(q.fd)) }
