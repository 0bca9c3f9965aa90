//go:build !stackful

package main

import (
	"bytes"
	"testing"

	"ch09/future"
)

// A boxMover does with corofy's frame what a mover does: both of the frame's pointers point to the
// buffer, and go on doing so.
type boxMover struct{ frame *bufferingCoroutine }

func (m *boxMover) Poll(w future.Waker) (struct{}, error) {
	_, err := m.frame.Poll(w)
	m.frame = move(m.frame)
	return struct{}{}, err
}

func (m *boxMover) Drop() { m.frame.Drop() }

func TestWhatCorofyMakesMayMove(t *testing.T) {
	s, out := testSession(echo(t, 2))
	if err := s.blockOn(&boxMover{buffering(s).(*bufferingCoroutine)}); err != nil || len(s.errs) > 0 {
		t.Fatal(err, s.errs)
	}
	if want := buffer(two...) + "\n"; !bytes.Contains(out.Bytes(), []byte(want)) {
		t.Errorf("%q; want %q", out, want)
	}
}
