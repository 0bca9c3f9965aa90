package runtime

import (
	"fmt"
	"slices"
	"testing"

	"ch10/interleave"
)

// A line is a queue of up to four.
type line struct {
	is [4]int8
	n  int8
}

func (l *line) push(i int8) {
	l.is[l.n] = i
	l.n++
}

func (l *line) remove(i int8) bool {
	for k := range l.n {
		if l.is[k] == i {
			copy(l.is[k:], l.is[k+1:])
			l.n--
			l.is[l.n] = 0
			return true
		}
	}
	return false
}

func (l *line) pop() int8 {
	i := l.is[0]
	l.remove(i)
	return i
}

// transfers is what the ends of a channel share. The numbers 0 and 1 are those of the ends that send, and are the values
// that they send; 2 and 3 receive.
type transfers struct {
	locked, closed     bool
	room               int8 // in the buffer
	values             line
	senders, receivers line
	state              [4]waitState
	v                  [4]int8
	cx, woken          [4]int8 // whom to wake, and who has been
	late               bool    // the timer of those who lose interest has fired
	drops              [4]bool // for that reason

	got     [2]int8      // how often
	refused [2]bool      // nobody gets it
	saw     [4]waitState // before the lock, by one who makes that mistake
}

func (s *transfers) settle(waiting *line, i int8, end waitState) {
	waiting.remove(i)
	s.state[i], s.woken[i] = end, s.cx[i]
}

func (s *transfers) hand(v int8) {
	r := s.receivers.is[0]
	s.v[r] = v
	s.settle(&s.receivers, r, settled)
}

// send and receive are those of waiting.
func (s *transfers) send(i int8) {
	switch {
	case s.closed:
		s.state[i] = refused
	case s.receivers.n > 0:
		s.hand(i)
		s.state[i] = settled
	case s.values.n < s.room:
		s.values.push(i)
		s.state[i] = settled
	default:
		s.state[i] = queued
		s.senders.push(i)
	}
}

func (s *transfers) receive(i int8) {
	switch {
	case s.values.n > 0:
		s.v[i], s.state[i] = s.values.pop(), settled
		if s.senders.n > 0 {
			sender := s.senders.is[0]
			s.values.push(sender)
			s.settle(&s.senders, sender, settled)
		}
	case s.senders.n > 0:
		s.v[i], s.state[i] = s.senders.is[0], settled
		s.settle(&s.senders, s.v[i], settled)
	case s.closed:
		s.state[i] = refused
	default:
		s.state[i] = queued
		s.receivers.push(i)
	}
}

type transferStep = interleave.Step[transfers]

func transferDo(did string, do func(s *transfers)) transferStep {
	return interleave.Do(did, interleave.GoOn, do)
}

// locking returns the steps of one who holds the channel's lock.
func locking(steps ...transferStep) []transferStep {
	lock := interleave.When(func(s *transfers) bool { return !s.locked }, "locks", interleave.GoOn, func(s *transfers) { s.locked = true })
	return append(append([]transferStep{lock}, steps...), transferDo("unlocks", func(s *transfers) { s.locked = false }))
}

// result is told to an end that is settled, which is over then. One that isn't goes on.
func (s *transfers) result(i int8) (string, interleave.Next) {
	state := s.state[i]
	switch {
	case state == queued:
		return "isn't settled", interleave.GoOn
	case state == refused && i < 2:
		s.refused[i] = true
	case state == settled && i >= 2:
		s.got[s.v[i]]++
	}
	s.state[i], s.locked = over, false
	if state == refused {
		return "is refused", interleave.End
	}
	return fmt.Sprintf("is done with %d", s.v[i]), interleave.End
}

// end returns the thread of one end: its first poll, one with another waker, and one when it is woken. Those with odd
// numbers are dropped instead when the timer fires before their wake.
func end(i int8, mistake string) []transferStep {
	begin := func(s *transfers) (string, interleave.Next) {
		if s.cx[i] = 1; i < 2 {
			s.send(i)
		} else {
			s.receive(i)
		}
		return s.result(i)
	}
	look := transferDo("looks at its state", func(s *transfers) { s.saw[i] = s.state[i] })
	move := func(s *transfers) (string, interleave.Next) {
		if s.state[i] != queued && mistake != "a poll that looks before the lock" || s.saw[i] > queued {
			return s.result(i)
		}
		s.cx[i] = 2
		return "waits with another waker", interleave.GoOn
	}
	sleep := func(s *transfers) (string, interleave.Next) {
		switch s.drops[i] = s.late && i%2 == 1; {
		case s.drops[i]:
			return "is late", interleave.GoOn
		case s.woken[i] == s.cx[i]:
			return "is woken", interleave.GoOn
		}
		return "", interleave.Blocked
	}
	last := func(s *transfers) (string, interleave.Next) {
		if !s.drops[i] {
			return s.result(i)
		}
		if mistake != "a Drop that looks before the lock" {
			s.saw[i] = s.state[i]
		}
		switch {
		case s.saw[i] == queued:
			s.senders.remove(i)
			s.receivers.remove(i)
			s.refused[i%2] = s.refused[i%2] || i < 2
		case s.saw[i] == refused && i < 2:
			s.refused[i] = true
		case s.saw[i] != settled || i < 2 || mistake == "a Drop that keeps a value":
		case s.receivers.n > 0:
			s.hand(s.v[i])
		default:
			s.values.push(s.v[i]) // to the front, in fact
		}
		s.state[i] = over
		return "is dropped", interleave.GoOn
	}
	switch mistake {
	case "no lock":
		meets := transferDo("looks for another end", func(s *transfers) {
			if s.saw[i] = queued; i < 2 && s.receivers.n > 0 || i >= 2 && s.senders.n > 0 {
				s.saw[i] = fresh
			}
		})
		then := func(s *transfers) (string, interleave.Next) {
			if s.saw[i] == fresh {
				return begin(s)
			}
			if s.state[i], s.cx[i] = queued, 1; i < 2 {
				s.senders.push(i)
			} else {
				s.receivers.push(i)
			}
			return "queues up", interleave.GoOn
		}
		return []transferStep{meets, then, sleep, last}
	case "a poll that looks before the lock":
		return slices.Concat(locking(begin), []transferStep{look}, locking(move), []transferStep{sleep}, locking(last))
	case "a Drop that looks before the lock":
		return slices.Concat(locking(begin), locking(move), []transferStep{sleep, look}, locking(last))
	}
	return slices.Concat(locking(begin), locking(move), []transferStep{sleep}, locking(last))
}

// transfersModel has these ends of a channel.
func transfersModel(room int8, mistake string, ends ...int8) interleave.Model[transfers] {
	m := interleave.Model[transfers]{
		Start: transfers{room: room, v: [4]int8{0, 1, 0, 0}},
		Bad: func(s transfers, stuck []string) bool {
			bad := len(stuck) > 0 || s.senders.n+s.receivers.n > 0
			for _, i := range ends {
				if i < 2 {
					left := s.values.remove(i)
					bad = bad || s.got[i] > 1 || (s.got[i] == 1 || left) == s.refused[i]
				}
			}
			return bad
		},
	}
	for _, i := range ends {
		name := fmt.Sprint("sender ", i)
		if i >= 2 {
			name = fmt.Sprint("receiver ", i)
		}
		m.Threads = append(m.Threads, interleave.Thread[transfers]{Name: name, Steps: end(i, mistake)})
	}
	return m
}

// closer returns the thread that closes the channel.
func closer(mistake string) interleave.Thread[transfers] {
	set := transferDo("sets closed", func(s *transfers) { s.closed = true })
	settle := transferDo("refuses those who wait", func(s *transfers) {
		for s.receivers.n > 0 {
			s.settle(&s.receivers, s.receivers.is[0], refused)
		}
		for s.senders.n > 0 {
			s.settle(&s.senders, s.senders.is[0], refused)
		}
	})
	steps := locking(set, settle)
	switch mistake {
	case "a Close that holds the lock twice":
		steps = append(locking(settle), locking(set)...)
	case "a Close without the lock":
		steps = []transferStep{settle, set}
	}
	return interleave.Thread[transfers]{Name: "closer", Steps: steps}
}

// TestOrdersOfClosing has the steps of Chan.Close and waiting.pollShared. A value is received, is still in the buffer, or
// its Send has failed; and nobody waits.
func TestOrdersOfClosing(t *testing.T) {
	for room := range int8(2) {
		model := func(mistake string) interleave.Model[transfers] {
			m := transfersModel(room, mistake, 0, 1, 2)
			m.Threads = append(m.Threads, closer(mistake))
			return m
		}
		wrong := map[string]interleave.Model[transfers]{}
		for _, mistake := range []string{"a Close that holds the lock twice", "a Close without the lock"} {
			wrong[mistake] = model(mistake)
		}
		orders(t, model(""), wrong)
	}
}

// TestOrdersOfTransfers has the steps of waiting.pollShared and waiting.lock. These are the Poll and the Drop of both ends,
// which are on workers of their own. No value is lost, and nobody waits for an end that is there.
func TestOrdersOfTransfers(t *testing.T) {
	type models = map[string]interleave.Model[transfers]
	timer := interleave.Thread[transfers]{Name: "timer", Steps: []transferStep{transferDo("fires", func(s *transfers) { s.late = true })}}
	late := func(mistake string, ends ...int8) interleave.Model[transfers] {
		m := transfersModel(0, mistake, ends...)
		m.Threads = append(m.Threads, timer, closer("")) // who is left would wait
		return m
	}
	orders(t, transfersModel(0, "", 0, 2), models{
		"no lock":                           transfersModel(0, "no lock", 0, 2),
		"a poll that looks before the lock": transfersModel(0, "a poll that looks before the lock", 0, 2),
	})
	// A receiver that is dropped gives its value to the other one.
	orders(t, late("", 0, 2, 3), models{
		"a Drop that looks before the lock": late("a Drop that looks before the lock", 0, 2, 3),
		"a Drop that keeps a value":         late("a Drop that keeps a value", 0, 2, 3),
	})
	// A sender that is dropped takes its value back.
	orders(t, late("", 1, 2), models{
		"a Drop that looks before the lock": late("a Drop that looks before the lock", 1, 2),
	})
}
