package poll

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"golang.org/x/sys/unix"
)

// TestWakeWithAFullCounter fills the eventfd as 2^64-2 wakes would, after which
// a write of it is refused.
func TestWakeWithAFullCounter(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	w, err := NewWaker(p.Registry(), 7)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := unix.Write(w.waker.fd, binary.NativeEndian.AppendUint64(nil, math.MaxUint64-1)); err != nil {
		t.Fatal(err)
	}
	events := make([]Event, 2)
	for i := range 3 { // the first is the edge of the write above
		if n, err := p.Poll(events, 0); n != 1 || err != nil || events[0].Token() != 7 {
			t.Fatalf("wake %d: events %v, %v", i, events[:n], err)
		}
		if err := w.Wake(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCloseWithACopyOfTheDescriptor closes a waker whose descriptor a child
// process has too, as it does between fork and exec: for epoll it is still open.
func TestCloseWithACopyOfTheDescriptor(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	w, err := NewWaker(p.Registry(), 7)
	if err != nil {
		t.Fatal(err)
	}
	child, err := unix.Dup(w.waker.fd)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(child)
	if err := errors.Join(w.Wake(), w.Close()); err != nil {
		t.Fatal(err)
	}
	events := make([]Event, 1)
	if n, err := p.Poll(events, 0); n != 0 || err != nil {
		t.Errorf("events %v, %v", events[:n], err)
	}
}
