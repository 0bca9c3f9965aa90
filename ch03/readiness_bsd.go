//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package main

import "golang.org/x/sys/unix"

// A queue is a kqueue, see kqueue(2). The call kevent both changes the list of
// the watched sockets and waits for them.
type queue struct {
	in    *inbox
	fd    int
	conns map[int]*conn // by descriptor
}

func newQueue(in *inbox) (*queue, error) {
	fd, err := unix.Kqueue()
	if err := in.call("kqueue", err); err != nil {
		return nil, err
	}
	unix.CloseOnExec(fd)
	in.count("fcntl")
	return &queue{in: in, fd: fd, conns: make(map[int]*conn)}, nil
}

func (q *queue) add(c *conn) error {
	// SetKevent hides that the fields' widths differ between the systems.
	// Udata differs too, and is a pointer on most, so the descriptor
	// identifies c instead.
	change := make([]unix.Kevent_t, 1)
	unix.SetKevent(&change[0], int(c.socket), unix.EVFILT_READ, unix.EV_ADD)
	q.conns[int(c.socket)] = c
	_, err := unix.Kevent(q.fd, change, nil, nil)
	return q.in.call("kevent", err)
}

// wait sleeps until some connections can be read. A socket is reported again
// and again as long as it can be read. With EV_CLEAR kqueue would report
// changes only.
func (q *queue) wait() (ready []*conn, err error) {
	var events [8]unix.Kevent_t
	n, err := unix.Kevent(q.fd, nil, events[:], nil)
	if err == unix.EINTR { // a signal; Go sends some to its own threads
		n, err = 0, nil
	}
	for _, e := range events[:max(n, 0)] {
		ready = append(ready, q.conns[int(e.Ident)])
	}
	return ready, q.in.call("kevent", err)
}

func (q *queue) close() { q.in.call("close", unix.Close(q.fd)) }
