package runtime

import (
	"testing"

	"ch10/interleave"
)

// parking is what the worker and those who wake it share.
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
		case s.ring && bell:
			s.ring = false
			return "wakes up", interleave.Restart
		case s.ring:
			s.ring = false
			return "wakes up", interleave.GoOn
		case s.due && bell && !s.parked:
			s.due = false
			return "is late, and somebody has seen it park", interleave.GoOn
		case s.due && bell:
			s.due, s.parked = false, false
			return "is late", interleave.Restart
		case s.due:
			s.due = false
			return "is late", interleave.GoOn
		}
		return "", interleave.Blocked
	}
	end := interleave.Do("says that it is awake", interleave.Restart, func(s *parking) { s.parked = false })
	if bell {
		end = interleave.When(func(s *parking) bool { return s.ring }, "hears the bell", interleave.Restart, func(s *parking) { s.ring = false })
	}
	m := interleave.Model[parking]{
		Threads: []interleave.Thread[parking]{
			{Name: "worker", Steps: append(append([]parkingStep{receive}, worker(say, look, wait)...), end)},
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
				return "sees it park", interleave.GoOn
			},
			func(s *parking) (string, interleave.Next) {
				if !s.parked {
					return "comes second", interleave.End
				}
				s.parked = false
				return "is the one who rings", interleave.GoOn
			},
			interleave.Do("rings", interleave.End, func(s *parking) { s.full, s.ring = s.full || s.ring && bell, true }),
		}})
	}
	return m
}

// TestOrdersOfParking has the steps of Runtime.park, Runtime.stayAwake, Runtime.waitForBell, Runtime.send and
// Runtime.unpark. The worker waits for the bell, or in the event queue. Every task is polled, and no ring is left over.
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
