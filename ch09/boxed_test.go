//go:build !stackful

package main

import (
	"strings"
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
	run := newRun(t, echo(t, 2))
	if err := blockOn(&run.out, &boxMover{buffering(run.r, run.say).(*bufferingCoroutine)}); err != nil {
		t.Fatal(err)
	}
	if want := buffer(two...) + "\n"; !strings.Contains(run.out.String(), want) {
		t.Errorf("%q; want %q", &run.out, want)
	}
}
