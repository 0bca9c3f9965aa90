//go:build darwin || freebsd

package poll

import "golang.org/x/sys/unix"

// waker is a filter that the program triggers itself, EVFILT_USER. It has no
// descriptor. A negative number, which no descriptor can have, names it in the
// kernel and in the queue's table.
type waker struct{ ident int }

func (w *waker) open(q *queue, reg *Registration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.serial++
	w.ident, reg.armed.serial = -q.serial, q.serial
	if err := q.change(uintptr(w.ident), unix.EVFILT_USER, unix.EV_ADD|unix.EV_CLEAR); err != nil {
		return err
	}
	q.table[uintptr(w.ident)] = reg
	return nil
}

func (w *waker) wake(q *queue) error {
	// No EV_CLEAR here: FreeBSD takes it for "reset", and drops the trigger.
	var change [1]unix.Kevent_t
	unix.SetKevent(&change[0], w.ident, unix.EVFILT_USER, 0)
	change[0].Fflags = unix.NOTE_TRIGGER
	_, err := unix.Kevent(q.kq, change[:], nil, nil)
	if err == unix.EINTR { // the change has been made nevertheless
		return nil
	}
	return err
}

func (w *waker) deregister(q *queue) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.table, uintptr(w.ident))
	return q.change(uintptr(w.ident), unix.EVFILT_USER, unix.EV_DELETE)
}

func (w *waker) close() error { return nil }
