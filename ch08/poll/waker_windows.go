package poll

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// waker is a request that never goes to the driver. Instead a wake posts a
// completion for it to the port. While that completion is on its way,
// more wakes have nothing to add.
type waker struct{ reg *Registration }

func (w *waker) open(_ *queue, reg *Registration) error {
	w.reg = reg
	reg.armed.request.poll = afdPollInfo{numberOfHandles: 1, events: afdReceive} // the answer is "readable"
	return nil
}

func (w *waker) wake(q *queue) error {
	q.mu.Lock() // wait doesn't look at the completion before asked is set
	defer q.mu.Unlock()
	a := &w.reg.armed
	if a.asked != 0 {
		return nil
	}
	err := windows.PostQueuedCompletionStatus(q.port, 0, 0, (*windows.Overlapped)(unsafe.Pointer(&a.request)))
	if err == nil {
		a.asked = Readable
		q.asked[&a.request] = w.reg // keeps it reachable until its completion arrives
	}
	return err
}

func (w *waker) deregister(q *queue) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	w.reg.armed.gone = true
	return nil
}

func (w *waker) close() error { return nil }
