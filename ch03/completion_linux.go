package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

const bufferSize = 512 // of each conn

func complete(in *inbox) error {
	r, err := newRing(in, uint32(len(in.addrs))) // a conn has one request at a time
	if err != nil {
		return err
	}
	defer r.close()
	conns, err := in.dialAll(false) // it is the kernel who waits for data
	if err != nil {
		return err
	}
	defer closeAll(conns)

	// The kernel writes to the buffers while our code runs. A goroutine's
	// stack moves when it grows, and the collector doesn't see an address
	// that only the kernel has: so this is memory that Go knows nothing of.
	in.count("mmap")
	buffers, err := unix.Mmap(-1, 0, bufferSize*len(conns), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return fmt.Errorf("mmap: %w", err)
	}
	err = receiveInto(buffers, r, conns)
	if drained := r.drain(conns); drained != nil {
		return drained // a read may still be going on: its buffer has to stay
	}
	in.count("munmap")
	unix.Munmap(buffers)
	return err
}

// receiveInto keeps a read going on for each conn until its message is whole.
func receiveInto(buffers []byte, r *ring, conns []*conn) error {
	buffer := func(i int) []byte { return buffers[i*bufferSize:][:bufferSize] }
	for i, c := range conns {
		r.recv(c.socket, buffer(i), i)
	}
	for left := len(conns); left > 0; {
		i, n, err := r.wait()
		switch {
		case err != nil:
			return err
		case n < 0:
			return fmt.Errorf("read from %v: %w", conns[i].in.addrs[i], unix.Errno(-n))
		case n == 0: // the server has closed its end
			conns[i].in.received(i, conns[i].text)
			conns[i].close()
			left--
		default:
			conns[i].text = append(conns[i].text, buffer(i)[:n]...)
			r.recv(conns[i].socket, buffer(i), i)
		}
	}
	return nil
}

// drain waits for the reads that are still going on after an error: before
// they end, their buffers can't be given back.
func (r *ring) drain(conns []*conn) error {
	if r.inFlight > 0 {
		for _, c := range conns {
			if !c.closed {
				r.in.count("shutdown")
				unix.Shutdown(int(c.socket), unix.SHUT_RDWR) // ends a read with 0
			}
		}
	}
	for r.inFlight > 0 {
		if _, _, err := r.wait(); err != nil {
			return err
		}
	}
	return nil
}
