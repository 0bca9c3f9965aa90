package poll

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// waker is an eventfd, which is a counter in the kernel. See eventfd(2). Each write is a
// new edge, whatever the counter is, so nobody has to read it after an event.
type waker struct{ fd int }

var one = binary.NativeEndian.AppendUint64(nil, 1)

func (w *waker) open(q *queue, reg *Registration) (err error) {
	if w.fd, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		return err
	}
	if err = q.register(uintptr(w.fd), reg); err != nil {
		unix.Close(w.fd)
	}
	return err
}

func (w *waker) wake(*queue) error {
	for {
		_, err := unix.Write(w.fd, one)
		if err != unix.EAGAIN {
			return err
		}
		// The counter is full. That is no edge, and earlier edges may have been
		// delivered, so make room and write again.
		var count [8]byte
		if _, err := unix.Read(w.fd, count[:]); err != nil && err != unix.EAGAIN {
			return err
		}
	}
}

func (w *waker) deregister(q *queue) error { return q.deregister(uintptr(w.fd)) }

func (w *waker) close() error { return unix.Close(w.fd) }
