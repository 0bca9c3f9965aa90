package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// complete hands the kernel the reads themselves, each with its buffer, and
// sleeps until some of them are done. Where readiness says "you may read now",
// completion says "it has been read", so there is no EAGAIN and no read(2).
func complete(in *inbox, conns []*conn) error {
	r, err := newRing(in, uint32(len(conns))) // a conn has one request at a time
	if err != nil {
		return err
	}
	defer r.close()

	// The kernel writes to the buffers while our code runs. A goroutine's
	// stack moves when it grows, and the collector doesn't see an address
	// that only the kernel has. So the buffers are memory that Go doesn't
	// manage.
	const size = 512
	buffers, err := unix.Mmap(-1, 0, size*len(conns), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err := in.call("mmap", err); err != nil {
		return err
	}
	buffer := func(i int) []byte { return buffers[i*size:][:size] }
	for i, c := range conns {
		r.recv(c.socket, buffer(i), i)
	}
	var failed error
	for r.inFlight > 0 {
		i, n, err := r.wait()
		if err != nil {
			return err // reads may still be running, so the buffers have to stay
		}
		c := conns[i]
		switch {
		case failed != nil: // the kernel owns the buffers of the other reads until these have ended too
		case n < 0:
			failed = fmt.Errorf("read from %v: %w", c.addr, unix.Errno(-n))
			for _, c := range conns {
				if !c.closed {
					in.call("shutdown", unix.Shutdown(int(c.socket), unix.SHUT_RDWR)) // ends a read with 0
				}
			}
		case n == 0: // the server has closed its end
			c.received()
		default:
			c.text = append(c.text, buffer(i)[:n]...)
			r.recv(c.socket, buffer(i), i)
		}
	}
	in.call("munmap", unix.Munmap(buffers))
	return failed
}
