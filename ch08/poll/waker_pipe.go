//go:build netbsd || openbsd

package poll

import (
	"errors"

	"golang.org/x/sys/unix"
)

// waker is a pipe whose reading end is in the queue. (x/sys has no EVFILT_USER
// for these two.) Each write is a new edge, whatever the pipe holds, so nobody
// has to read it after an event.
type waker struct{ r, w int }

func (w *waker) open(q *queue, reg *Registration) error {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
		return err
	}
	w.r, w.w = ends[0], ends[1]
	err := q.register(uintptr(w.r), reg)
	if err != nil {
		w.close()
	}
	return err
}

func (w *waker) wake(*queue) error {
	for {
		_, err := unix.Write(w.w, []byte{0})
		if err != unix.EAGAIN {
			return err
		}
		// The pipe is full. That is no edge, and earlier edges may have been
		// delivered, so make room and write again.
		var bytes [4096]byte
		if _, err := unix.Read(w.r, bytes[:]); err != nil && err != unix.EAGAIN {
			return err
		}
	}
}

func (w *waker) deregister(q *queue) error { return q.deregister(uintptr(w.r)) }

func (w *waker) close() error { return errors.Join(unix.Close(w.w), unix.Close(w.r)) }
