package runtime

import (
	"testing"

	"ch10/interleave"
)

// The protocols between goroutines, as models: each has the steps of the functions that it names. One of them in a wrong
// order stands beside it, and loses something.

// orders explores a protocol as it is, and with mistakes.
func orders[S comparable](t *testing.T, right interleave.Model[S], wrong map[string]interleave.Model[S]) {
	t.Helper()
	r := right.Explore()
	if r.Bad != 0 {
		t.Errorf("%d of %d orders are bad, as %v", r.Bad, r.Orders, r.First)
	}
	t.Logf("%d orders", r.Orders)
	for name, m := range wrong {
		r := m.Explore()
		if r.Bad == 0 {
			t.Errorf("%s: none of %d orders is bad", name, r.Orders)
		}
		t.Logf("%s: %d of %d are bad, as %v", name, r.Bad, r.Orders, r.First)
	}
}

// parking is what the worker and those who wake it share: park, stayAwake, waitForBell, unpark and send.
type parking struct {
	inbox, got   int8 // tasks
	parked, ring bool // ring: the bell's token, or the alarm's
	due          bool // the timer
	again        bool // the worker's second look has found something
	full         bool // somebody rang a bell that had rung
}

type parkingStep = interleave.Step[parking]

const parkers = 2 // who bring a task

func parkingModel(bell bool, worker func(say, look, wait parkingStep) []parkingStep) interleave.Model[parking] {
	receive := func(s *parking) (string, interleave.Next) {
		s.got, s.inbox = s.got+s.inbox, 0
		if s.got == parkers {
			return "has all tasks", interleave.End
		}
		return "has polled what there is", interleave.GoOn
	}
	say := interleave.Do("says that it parks", interleave.GoOn, func(s *parking) { s.parked, s.again = true, false })
	look := interleave.Do("looks once more", interleave.GoOn, func(s *parking) { s.again = s.inbox > 0 })
	wait := func(s *parking) (string, interleave.Next) {
		switch {
		case s.again && bell && !s.parked: // stayAwake
			return "waits for who has seen it park", interleave.GoOn
		case s.again:
			s.parked = false
			return "doesn't wait", interleave.Restart
		case s.ring:
			s.ring, s.parked = false, s.parked && bell
			return "wakes up", interleave.Restart
		case s.due && bell && !s.parked:
			s.due = false
			return "is late, and somebody has seen it park", interleave.GoOn
		case s.due:
			s.due, s.parked = false, false
			return "is late", interleave.Restart
		}
		return "", interleave.Blocked
	}
	bellRings := interleave.When(func(s *parking) bool { return s.ring }, "hears the bell", interleave.Restart, func(s *parking) { s.ring = false })
	m := interleave.Model[parking]{
		Threads: []interleave.Thread[parking]{
			{Name: "worker", Steps: append(append([]parkingStep{receive}, worker(say, look, wait)...), bellRings)},
			{Name: "timer", Steps: []parkingStep{interleave.Do("is due", interleave.GoOn, func(s *parking) { s.due = true })}}},
		Bad: func(s parking, stuck []string) bool { return len(stuck) > 0 || s.full || bell && s.ring },
	}
	for _, name := range []string{"first", "second"} {
		m.Threads = append(m.Threads, interleave.Thread[parking]{Name: name, Steps: []parkingStep{
			interleave.Do("puts a task into the inbox", interleave.GoOn, func(s *parking) { s.inbox++ }),
			func(s *parking) (string, interleave.Next) {
				if !s.parked {
					return "sees the worker awake", interleave.End
				}
				s.parked = false
				return "sees it park", interleave.GoOn
			},
			interleave.Do("rings", interleave.End, func(s *parking) { s.full, s.ring = s.full || s.ring && bell, true }),
		}})
	}
	return m
}

func TestOrdersOfParking(t *testing.T) {
	right := func(say, look, wait parkingStep) []parkingStep { return []parkingStep{say, look, wait} }
	lookFirst := func(say, look, wait parkingStep) []parkingStep { return []parkingStep{look, say, wait} }
	// A worker that is late, or finds something, and goes on without the ring that is on its way.
	impatient := func(say, look, wait parkingStep) []parkingStep {
		return []parkingStep{say, look, func(s *parking) (string, interleave.Next) {
			did, next := wait(s)
			if next == interleave.GoOn {
				next = interleave.Restart
			}
			return did, next
		}}
	}
	type models = map[string]interleave.Model[parking]
	orders(t, parkingModel(true, right), models{
		"on the bell, look before say": parkingModel(true, lookFirst), "a ring is left over": parkingModel(true, impatient)})
	orders(t, parkingModel(false, right), models{"in the queue, look before say": parkingModel(false, lookFirst)})
}

// joining is what a task and who waits for it share: finish, JoinHandle.Poll and JoinHandle.Drop.
type joining struct{ waits, done, woken, has bool }

func TestOrdersOfJoining(t *testing.T) {
	type step = interleave.Step[joining]
	say := interleave.Do("says that it waits", interleave.GoOn, func(s *joining) { s.waits = true })
	look := func(s *joining) (string, interleave.Next) {
		if s.has = s.done; s.done {
			return "finds it done", interleave.End
		}
		return "finds it running", interleave.GoOn
	}
	sleep := interleave.When(func(s *joining) bool { return s.woken }, "is woken", interleave.End, func(s *joining) { s.has = s.done })
	done := interleave.Do("is done", interleave.GoOn, func(s *joining) { s.done = true })
	wake := interleave.Do("wakes who waits", interleave.GoOn, func(s *joining) { s.woken = s.woken || s.waits })
	model := func(waiter, task []step) interleave.Model[joining] {
		return interleave.Model[joining]{
			Threads: []interleave.Thread[joining]{{Name: "waiter", Steps: waiter}, {Name: "task", Steps: task}},
			Bad:     func(s joining, stuck []string) bool { return len(stuck) > 0 || !s.has },
		}
	}
	orders(t, model([]step{say, look, sleep}, []step{done, wake}), map[string]interleave.Model[joining]{
		"look before say":  model([]step{look, say, sleep}, []step{done, wake}),
		"wake before done": model([]step{say, look, sleep}, []step{wake, done}),
	})
}

// giving is what a worker that gives a task shares with the one that takes it: give and send.
type giving struct{ owner, inbox, at int8 } // at: whose it is at its first poll

func TestOrdersOfGiving(t *testing.T) {
	type step = interleave.Step[giving]
	change := interleave.Do("makes it the other's", interleave.GoOn, func(s *giving) { s.owner = 2 })
	send := interleave.Do("sends it", interleave.GoOn, func(s *giving) { s.inbox++ })
	// The taker reads whose it is when it has it: as the first poll does.
	take := interleave.When(func(s *giving) bool { return s.inbox > 0 }, "polls it", interleave.End, func(s *giving) { s.at = s.owner })
	model := func(giver ...step) interleave.Model[giving] {
		return interleave.Model[giving]{
			Threads: []interleave.Thread[giving]{{Name: "giver", Steps: giver}, {Name: "taker", Steps: []step{take}}},
			Bad:     func(s giving, stuck []string) bool { return len(stuck) > 0 || s.at != 2 },
			Start:   giving{owner: 1},
		}
	}
	orders(t, model(change, send), map[string]interleave.Model[giving]{"sent before it is the other's": model(send, change)})
}
