//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// A queue is a kqueue, see kqueue(2). The call kevent both changes the list of
// the watched sockets and waits for them.
type queue struct {
	in    *inbox
	fd    int
	conns map[int]*conn // by descriptor
}

func newQueue(in *inbox) (*queue, error) {
	in.count("kqueue")
	fd, err := unix.Kqueue()
	if err != nil {
		return nil, fmt.Errorf("kqueue: %w", err)
	}
	in.count("fcntl")
	unix.CloseOnExec(fd)
	return &queue{in: in, fd: fd, conns: make(map[int]*conn)}, nil
}

func (q *queue) add(c *conn) error {
	// SetKevent hides that the fields' widths differ between the systems.
	// Udata differs too, and is a pointer on most, so the descriptor
	// identifies c instead.
	change := make([]unix.Kevent_t, 1)
	unix.SetKevent(&change[0], int(c.socket), unix.EVFILT_READ, unix.EV_ADD)
	q.in.count("kevent")
	if _, err := unix.Kevent(q.fd, change, nil, nil); err != nil {
		return fmt.Errorf("kevent: %w", err)
	}
	q.conns[int(c.socket)] = c
	return nil
}

// wait sleeps until some connections can be read. A socket is reported again
// and again as long as it can be read. With EV_CLEAR kqueue would report
// changes only.
func (q *queue) wait() (ready []*conn, err error) {
	var events [8]unix.Kevent_t
	for {
		q.in.count("kevent")
		n, err := unix.Kevent(q.fd, nil, events[:], nil)
		if err == unix.EINTR { // a signal; Go sends some to its own threads
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("kevent: %w", err)
		}
		for _, e := range events[:n] {
			ready = append(ready, q.conns[int(e.Ident)])
		}
		return ready, nil
	}
}

func (q *queue) close() {
	q.in.count("close")
	unix.Close(q.fd)
}
