package interleave_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ch10/interleave"
)

// A mailbox is what a producer and a consumer share.
type mailbox struct{ full, asleep bool }

// A consumer looks into its mailbox and falls asleep if that is empty. If the letter comes between the look and
// the sleep, the consumer sleeps on beside a full mailbox.
func Example() {
	type step = interleave.Step[mailbox]
	look := func(m *mailbox) (string, interleave.Next) {
		if m.full {
			return "finds a letter", interleave.End
		}
		return "finds nothing", interleave.GoOn
	}
	sleep := interleave.Do("falls asleep", interleave.GoOn, func(m *mailbox) { m.asleep = true })
	wait := interleave.When(func(m *mailbox) bool { return !m.asleep }, "wakes up", interleave.Restart, nil)
	put := interleave.Do("brings a letter", interleave.GoOn, func(m *mailbox) { m.full = true })
	ring := interleave.Do("rings", interleave.End, func(m *mailbox) { m.asleep = false })
	for _, consumer := range [][]step{{look, sleep, wait}, {sleep, look, wait}} {
		r := interleave.Model[mailbox]{Threads: []interleave.Thread[mailbox]{
			{Name: "consumer", Steps: consumer}, {Name: "producer", Steps: []step{put, ring}},
		}}.Explore()
		fmt.Println(r.Orders, "orders, bad:", r.Bad)
		for _, did := range r.First {
			fmt.Println(" ", did.Thread, did.What)
		}
	}
	// Output:
	// 5 orders, bad: 1
	//   consumer finds nothing
	//   producer brings a letter
	//   producer rings
	//   consumer falls asleep
	// 6 orders, bad: 0
}

type bits struct{ a, b, c bool }

type step = interleave.Step[bits]

func nothing(*bits) (string, interleave.Next) { return "", interleave.GoOn }
func never(*bits) (string, interleave.Next)   { return "", interleave.Blocked }
func twice(s *bits) (string, interleave.Next) {
	if s.a = !s.a; s.a {
		return "", interleave.Stay
	}
	return "", interleave.GoOn
}

func explore(threads ...[]step) interleave.Result {
	m := interleave.Model[bits]{}
	for i, steps := range threads {
		m.Threads = append(m.Threads, interleave.Thread[bits]{Name: string(rune('a' + i)), Steps: steps})
	}
	return m.Explore()
}

// TestExplore counts orders that are known: of two threads with two steps each there are 4!/(2!·2!).
func TestExplore(t *testing.T) {
	for _, c := range []struct {
		threads     [][]step
		orders, bad int
	}{
		{[][]step{{}}, 1, 0},
		{[][]step{{nothing}}, 1, 0},
		{[][]step{{nothing, nothing}, {nothing, nothing}}, 6, 0},
		{[][]step{{twice}, {nothing, nothing}}, 6, 0},
		{[][]step{{nothing, nothing}, {nothing, nothing}, {nothing, nothing}}, 90, 0},
		{[][]step{{nothing, never}, {nothing, nothing}}, 3, 3},
	} {
		if r := explore(c.threads...); r.Orders != c.orders || r.Bad != c.bad || (r.First != nil) != (c.bad > 0) {
			t.Errorf("%+v; want %d and %d", r, c.orders, c.bad)
		}
	}
}

// naive goes through the orders one by one.
func naive(s bits, threads [][]step, at []int) (orders, bad int) {
	for i, steps := range threads {
		if at[i] == len(steps) {
			continue
		}
		s, at := s, slices.Clone(at)
		switch _, next := steps[at[i]](&s); next {
		case interleave.Blocked:
			continue
		case interleave.GoOn:
			at[i]++
		case interleave.Restart:
			at[i] = 0
		case interleave.End:
			at[i] = len(steps)
		}
		o, b := naive(s, threads, at)
		orders, bad = orders+o, bad+b
	}
	if orders == 0 {
		for i := range threads {
			if at[i] < len(threads[i]) {
				return 1, 1
			}
		}
		return 1, 0
	}
	return orders, bad
}

// TestAsOneByOne: what is explored once counts for each order that comes there.
func TestAsOneByOne(t *testing.T) {
	set := interleave.Do("", interleave.GoOn, func(s *bits) { s.b = true })
	need := interleave.When(func(s *bits) bool { return s.b }, "", interleave.GoOn, func(s *bits) { s.b = false })
	once := func(s *bits) (string, interleave.Next) {
		if !s.c {
			s.c = true
			return "", interleave.Restart
		}
		return "", interleave.End
	}
	all := [][]step{{set, set}, {need, need}, {nothing, once, never}, {twice}}
	for i := range 1 << len(all) {
		var threads [][]step
		for j, steps := range all {
			if i>>j&1 == 1 {
				threads = append(threads, steps)
			}
		}
		r := explore(threads...)
		if orders, bad := naive(bits{}, threads, make([]int, len(threads))); r.Orders != orders || r.Bad != bad {
			t.Errorf("%b: %d orders, %d bad; one by one: %d, %d", i, r.Orders, r.Bad, orders, bad)
		}
	}
}

// TestMany: of five threads with eight steps there are 40!/(8!)⁵ orders, more than an int counts.
func TestMany(t *testing.T) {
	steps := []step{nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing}
	if r := explore(steps, steps, steps, steps, steps); r.Orders != 1<<63-1 || r.Bad != 0 {
		t.Errorf("%+v", r)
	}
}

// TestBad judges by what is shared.
func TestBad(t *testing.T) {
	m := interleave.Model[bits]{
		Start:   bits{c: true},
		Threads: []interleave.Thread[bits]{{"a", []step{twice, never}}, {"b", []step{nothing}}},
		Bad:     func(s bits, stuck []string) bool { return !s.c || !slices.Equal(stuck, []string{"a"}) },
	}
	if r := m.Explore(); r.Orders != 3 || r.Bad != 0 {
		t.Errorf("%+v", r)
	}
}

// TestEndless: a thread that goes round instead of being Blocked.
func TestEndless(t *testing.T) {
	defer func() {
		if p, _ := recover().(string); !strings.HasPrefix(p, "interleave: the threads go round") {
			t.Errorf("%q", p)
		}
	}()
	explore([]step{func(*bits) (string, interleave.Next) { return "", interleave.Stay }})
}
