package main

import (
	"strings"
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

// TestExplore counts orders that are known: of two threads with two steps each there are 4!/(2!·2!).
func TestExplore(t *testing.T) {
	nothing := func(*shared) (string, outcome) { return "", goOn }
	twice := func(s *shared) (string, outcome) {
		if s.held = !s.held; s.held {
			return "", stay
		}
		return "", goOn
	}
	never := func(*shared) (string, outcome) { return "", isBlocked }
	for _, c := range []struct {
		threads      [][]step
		orders, lost int
	}{
		{[][]step{{}}, 1, 0},
		{[][]step{{nothing}}, 1, 0},
		{[][]step{{nothing, nothing}, {nothing, nothing}}, 6, 0},
		{[][]step{{twice}, {nothing, nothing}}, 6, 0},
		{[][]step{{nothing, nothing}, {nothing, nothing}, {nothing, nothing}}, 90, 0},
		{[][]step{{nothing, never}, {nothing, nothing}}, 3, 3},
	} {
		var threads []thread
		for _, steps := range c.threads {
			threads = append(threads, thread{steps: steps})
		}
		seen, orders, lost := map[string]bool{}, 0, 0
		for i := range threads {
			threads[i].name = string(rune('a' + i))
		}
		explore(shared{}, threads, nil, func(order []string, threads []thread) {
			orders++
			seen[strings.Join(order, "")] = true
			if threads[0].at < len(threads[0].steps) {
				lost++
			}
		})
		if orders != c.orders || lost != c.lost || len(seen) != c.orders {
			t.Errorf("%d orders, %d of them different, %d lost; want %d and %d", orders, len(seen), lost, c.orders, c.lost)
		}
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
