//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows

package main

// watch reads all connections with one thread too, but it asks the kernel
// which of the sockets can be read, and sleeps until there is an answer. It
// uses epoll on Linux, kqueue on macOS and the BSDs, and an I/O completion
// port on Windows. Go's own event queue is made of the same calls, but has no
// part in it.
//
// Each system's queue has these methods:
//
//	add(c *conn) error             watch c until it's closed
//	wait() ([]*conn, error)        sleep until some can be read, or a signal comes
//	close()
func watch(in *inbox, conns []*conn) error {
	q, err := newQueue(in)
	if err != nil {
		return err
	}
	defer q.close()
	for _, c := range conns {
		if err := q.add(c); err != nil {
			return err
		}
	}
	for len(in.arrivals) < len(conns) {
		ready, err := q.wait()
		if err != nil {
			return err
		}
		for _, c := range ready {
			if err := c.readAll(); err != nil {
				return err
			}
		}
	}
	return nil
}
