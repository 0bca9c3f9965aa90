//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows

package main

// watch reads all connections with one thread too, but it asks the kernel
// one question: which of these sockets can be read now? The thread sleeps
// until there is an answer. This is epoll on Linux, kqueue on macOS and the
// BSDs, AFD with an I/O completion port on Windows, without Go's own
// event queue (which is made of the same calls).
//
// Each system's queue has the methods
//
//	add(c *conn) error             watch c, until it's closed
//	wait() ([]*conn, error)        sleep until some can be read
//	close()
func watch(in *inbox) error {
	q, err := newQueue(in)
	if err != nil {
		return err
	}
	defer q.close()
	conns, err := in.dialAll(true)
	if err != nil {
		return err
	}
	defer closeAll(conns)
	for _, c := range conns {
		if err := q.add(c); err != nil {
			return err
		}
	}
	for left := len(conns); left > 0; {
		ready, err := q.wait()
		if err != nil {
			return err
		}
		for _, c := range ready {
			whole, err := c.readAll()
			if err != nil {
				return err
			}
			if whole {
				left--
			}
		}
	}
	return nil
}
