package main

import (
	"testing"

	"ch10/kit/kittest"
)

const parkerTable = `                                                     orders  lost
  1  a signal, forgotten if nobody sleeps                 5     1
  2  thread::park, if nobody else parks this thread       5     0
  3  thread::park, and a lock that uses it, too          30     9
  4  Parker, with a flag of its own                      99     0
  5  our runtime: parked = true, look again, wait       137     0
  6  the same, but look again, parked = true, wait      136     7
`

func TestParker(t *testing.T) {
	out := works(t, "parker")
	kittest.InOrder(t, out, parkerTable, "How 3 loses", "empty\n", "uses up the token, sees that it still can't print", "\n  executor parks, and nobody", "\n\nParker: 10000 wakes, 10000 seen\n")
	if again := works(t, "parker"); again != out {
		t.Errorf("%s\nand then\n%s", out, again)
	}
}

// TestParkerKeepsWakeups: one that comes before the park, and only one however many come.
func TestParkerKeepsWakeups(t *testing.T) {
	p := newParker()
	p.unpark()
	p.unpark()
	p.park()
	if p.resumable {
		t.Error("two wakes before one park were counted")
	}
}
