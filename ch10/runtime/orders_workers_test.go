package runtime

import (
	"math/bits"
	"slices"
	"testing"

	"ch10/interleave"
)

// A crew is two workers, and what they share with other goroutines. Worker 0 is the one of BlockOn. To keep the orders few,
// a wake begins where it sets woken: looking at the state before that saves it work, and changes nothing.
type crew struct {
	workers [2]crewWorker
	tasks   [3]crewTask // in sets, task i is the bit 1<<i
	event   bool        // has come that makes task 1 ready
	dest    int8        // the worker that the waker of task 1 sends it to
	stops   int8        // the worker that Shutdown has stop
	over    bool        // worker 0 has closed the inboxes
	wrong   bool        // what must never be: a task in two queues, one polled by the wrong worker, a bell that rings twice
}

type crewWorker struct {
	at, then               place // its next step, and the one after unpark
	run, inbox             uint8 // sets of tasks
	task, given            int8  // the one that it polls, and the one that it gives
	before                 uint8 // what it found in the task's state
	closed                 bool  // closedInbox is in the inbox
	parked, ring, stopping bool
}

type crewTask struct {
	rt    int8 // the worker
	state uint8
	begun bool // it is in the ring of live tasks
	ends  int8 // how often it has been polled to its end, or dropped
}

// A place is where a worker has come to.
type place int8

const (
	atTop place = iota
	atReceive
	atGive
	atHome
	atPut
	atSee
	atSwap
	atRing
	atBegin
	atPoll
	atSettle
	atFinish
	atSay
	atLook
	atWait
	atOver
	atIdle
	atJoin
	atClose0
	atClose1
	atAbandon
	atLeave
	atEnd
)

type crewStep = interleave.Step[crew]

func (s *crew) isQueued(task int8) bool {
	set := uint8(1) << task
	return (s.workers[0].run|s.workers[0].inbox|s.workers[1].run|s.workers[1].inbox)&set != 0
}

// put is the first half of send. After Shutdown it reports false.
func (s *crew) put(to, task int8) bool {
	w := &s.workers[to]
	if w.closed {
		return false
	}
	s.wrong = s.wrong || s.isQueued(task)
	w.inbox |= 1 << task
	return true
}

func (s *crew) swap(to int8) bool {
	was := s.workers[to].parked
	s.workers[to].parked = false
	return was
}

func (s *crew) ring(to int8) {
	w := &s.workers[to]
	s.wrong = s.wrong || w.ring
	w.ring = true
}

func (s *crew) finish(task int8) {
	t := &s.tasks[task]
	t.state = done
	t.ends++
}

// fresh returns a task in the set that nobody has polled; -1: there is none.
func (s *crew) fresh(set uint8) int8 {
	for i := range s.tasks {
		if set>>i&1 == 1 && !s.tasks[i].begun {
			return int8(i)
		}
	}
	return -1
}

// working returns the thread of worker i: loop, with what it calls.
func working(i int8, mistake string) []crewStep {
	step := func(s *crew) (string, place) {
		w, other := &s.workers[i], &s.workers[1-i]
		t := &s.tasks[w.task]
		switch w.at {
		case atTop:
			if w.task, w.given, w.before, w.then = 0, 0, 0, 0; w.stopping {
				return "sees that it has to stop", atOver
			}
			return "goes on", atReceive
		case atReceive:
			if w.run == 0 {
				w.run, w.inbox = w.inbox, 0
			}
			if w.run == 0 && mistake == "a taker that looks before it says" {
				return "finds no task", atLook
			} else if w.run == 0 {
				return "finds no task", atSay
			}
			w.task = int8(bits.TrailingZeros8(w.run))
			w.run &^= 1 << w.task
			t = &s.tasks[w.task]
			if w.given = s.fresh(w.run); t.begun || w.given < 0 {
				t.begun = true
				return "takes a task", atBegin
			}
			t.begun = true
			return "takes one of several tasks", atGive
		case atGive:
			switch w.then = atBegin; {
			case !other.parked:
				return "has nobody to give the other one to", atBegin
			case mistake == "sent before it is the other's":
				w.then, w.run = atHome, w.run&^(1<<w.given)
				return "sees the other worker park", atPut
			case mistake == "rung before it is sent":
				w.then, w.run = atHome, w.run&^(1<<w.given)
				return "sees the other worker park", atSee
			}
			w.run &^= 1 << w.given
			return "sees the other worker park", atHome
		case atHome:
			s.tasks[w.given].rt = 1 - i
			if mistake == "sent before it is the other's" {
				return "makes the task the other's", atBegin
			}
			return "makes the task the other's", atPut
		case atPut:
			s.put(1-i, w.given)
			if mistake == "rung before it is sent" {
				return "sends it", atBegin
			}
			return "sends it", atSee
		case atSee:
			if !other.parked {
				return "sees that nobody waits", w.then
			}
			return "sees that the other waits", atSwap
		case atSwap:
			if !s.swap(1 - i) {
				return "comes second", w.then
			}
			return "is the one who rings", atRing
		case atRing:
			s.ring(1 - i)
			return "rings", w.then
		case atBegin:
			s.wrong = s.wrong || t.rt != i || t.state&(owned|done) != 0
			w.before, t.state = t.state, owned
			return "begins a poll", atPoll
		case atPoll:
			if w.before&cancelled == 0 && w.task == 1 && !s.event {
				return "finds the task pending", atSettle
			}
			return "finds the task ready, or cancelled", atFinish
		case atSettle:
			if t.state == owned {
				t.state = 0
				return "leaves the task until it is woken", atTop
			}
			w.run, t.state = w.run|1<<w.task, t.state&^owned|woken
			return "sees that it was woken meanwhile", atTop
		case atFinish:
			s.finish(w.task)
			return "finishes the task", atTop
		case atSay:
			w.parked = true
			if mistake == "a taker that looks before it says" {
				return "says that it parks", atWait
			}
			return "says that it parks", atLook
		case atLook:
			switch found := w.inbox != 0 || w.stopping; {
			case mistake == "a taker that looks before it says" && found:
				return "finds something", atTop
			case mistake == "a taker that looks before it says":
				return "finds nothing", atSay
			case !found:
				return "finds nothing", atWait
			case s.swap(i): // stayAwake
				return "finds something", atTop
			}
			return "finds something, and that somebody has seen it park", atWait
		case atWait:
			if !w.ring {
				return "", atWait
			}
			w.ring = false
			return "hears the bell", atTop
		case atOver:
			if i == 1 {
				return "is over", atIdle
			}
			other.stopping, w.then = true, atJoin
			return "has the other one stop", atSee
		case atIdle:
			if !s.over && mistake != "a worker that drops before the inboxes are closed" {
				return "", atIdle
			}
			return "sees that nobody polls", atAbandon
		case atJoin:
			if other.at != atIdle && mistake != "a close that doesn't wait for the other worker" {
				return "", atJoin
			}
			return "is alone", atClose0
		case atClose0, atClose1:
			at := &s.workers[w.at-atClose0]
			for i := range s.tasks {
				t := &s.tasks[i]
				t.begun = t.begun || (at.run|at.inbox)>>i&1 == 1
			}
			at.run, at.inbox, at.closed = 0, 0, mistake != "a close that leaves the inbox open"
			s.over = w.at == atClose1
			return "closes an inbox", w.at + 1
		case atAbandon:
			for k, t := range s.tasks {
				if t.rt == i && t.begun && t.state&done == 0 {
					s.finish(int8(k))
					return "drops a task", atAbandon
				}
			}
			return "has no more tasks", atLeave
		case atLeave:
			if i == 0 && other.at != atEnd {
				return "", atLeave
			}
			return "is over", atEnd
		}
		panic("no such place")
	}
	return []crewStep{func(s *crew) (string, interleave.Next) {
		did, at := step(s)
		if s.workers[i].at = at; did == "" {
			return did, interleave.Blocked
		} else if at == atEnd {
			return did, interleave.End
		}
		return did, interleave.Stay
	}}
}

func crewDo(did string, do func(s *crew)) crewStep { return interleave.Do(did, interleave.GoOn, do) }

// unparking returns the steps of unpark, in a thread that then goes on as next says.
func unparking(to func(s *crew) int8, next func(s *crew) interleave.Next) []crewStep {
	step := func(does func(s *crew) bool, yes, no string) crewStep {
		return func(s *crew) (string, interleave.Next) {
			if does(s) {
				return yes, interleave.GoOn
			}
			return no, next(s)
		}
	}
	return []crewStep{
		step(func(s *crew) bool { return s.workers[to(s)].parked }, "sees the worker park", "sees the worker awake"),
		step(func(s *crew) bool { return s.swap(to(s)) }, "is the one who rings", "comes second"),
		func(s *crew) (string, interleave.Next) {
			s.ring(to(s))
			return "rings", next(s)
		},
	}
}

func ends(*crew) interleave.Next { return interleave.End }

// wakingGiven returns the steps of Wake for task 1, which may be given meanwhile.
func wakingGiven(mistake string) []crewStep {
	steps := []crewStep{func(s *crew) (string, interleave.Next) {
		t := &s.tasks[1]
		before := t.state
		t.state |= woken
		if mistake == "a wake that doesn't ask for woken" {
			before &^= woken
		}
		if before&(woken|owned|done) != 0 {
			return "leaves the task to its worker", interleave.End
		}
		return "sets woken", interleave.GoOn
	}, func(s *crew) (string, interleave.Next) {
		if s.dest = s.tasks[1].rt; !s.put(s.dest, 1) {
			return "finds the inbox closed", interleave.End
		}
		return "sends the task", interleave.GoOn
	}}
	return append(steps, unparking(func(s *crew) int8 { return s.dest }, ends)...)
}

// crewModel has two workers. One has two tasks that nobody has polled, of which task 1 waits for the event.
func crewModel(mistake string, giver int8, others ...interleave.Thread[crew]) interleave.Model[crew] {
	m := interleave.Model[crew]{Threads: append([]interleave.Thread[crew]{
		{Name: "worker 0", Steps: working(0, mistake)}, {Name: "worker 1", Steps: working(1, mistake)}}, others...)}
	m.Start.workers[giver].run = 1<<0 | 1<<1
	for i := range 2 {
		m.Start.tasks[i] = crewTask{rt: giver, state: woken}
	}
	return m
}

// bringing returns the threads that bring the event, or cancel task 1.
func bringing(mistake string) (event, cancel interleave.Thread[crew]) {
	event = interleave.Thread[crew]{Name: "event", Steps: append([]crewStep{crewDo("comes", func(s *crew) { s.event = true })}, wakingGiven(mistake)...)}
	bit := crewDo("sets cancelled", func(s *crew) { s.tasks[1].state |= cancelled })
	cancel = interleave.Thread[crew]{Name: "cancel", Steps: append([]crewStep{bit}, wakingGiven(mistake)...)}
	return event, cancel
}

// TestOrdersOfGiving has the steps of Runtime.give, task.Wake and JoinHandle.Cancel. The workers park as in
// TestOrdersOfParking. Each task comes to its end once, on one worker.
func TestOrdersOfGiving(t *testing.T) {
	model := func(mistake string, cancels bool) interleave.Model[crew] {
		third, cancel := bringing(mistake)
		if cancels {
			third = cancel
		}
		if mistake == "a Cancel that wakes first" {
			third.Steps = []crewStep{func(s *crew) (string, interleave.Next) {
				if s.tasks[1].state |= woken; s.tasks[1].state&done == 0 {
					return "wakes the task", interleave.GoOn
				}
				return "finds it done", interleave.GoOn
			}, third.Steps[0]}
		}
		m := crewModel(mistake, 0, third)
		m.Bad = func(s crew, stuck []string) bool {
			return s.wrong || slices.Contains(stuck, third.Name) || s.tasks[0].ends != 1 || s.tasks[1].ends != 1
		}
		return m
	}
	wrong := map[string]interleave.Model[crew]{}
	for _, mistake := range []string{"sent before it is the other's", "rung before it is sent", "a taker that looks before it says",
		"a wake that doesn't ask for woken"} {
		wrong[mistake] = model(mistake, false)
	}
	orders(t, model("", false), wrong)
	orders(t, model("", true), map[string]interleave.Model[crew]{"a Cancel that wakes first": model("a Cancel that wakes first", true)})
}

// stoppingThread returns the thread of Shutdown.
func stoppingThread(mistake string) interleave.Thread[crew] {
	say := func(s *crew) (string, interleave.Next) {
		if int(s.stops) == len(s.workers) {
			return "waits until they have", interleave.End
		}
		s.workers[s.stops].stopping = true
		return "says that a worker has to stop", interleave.GoOn
	}
	next := func(s *crew) interleave.Next {
		s.stops++
		return interleave.Restart
	}
	steps := append([]crewStep{say}, unparking(func(s *crew) int8 { return s.stops }, next)...)
	if mistake == "a stop that rings before it says" {
		ring := crewDo("rings, if worker 0 waits", func(s *crew) {
			if s.swap(0) {
				s.ring(0)
			}
		})
		steps = []crewStep{ring, crewDo("says that all have to stop", func(s *crew) { s.workers[0].stopping, s.workers[1].stopping = true, true })}
	}
	return interleave.Thread[crew]{Name: "Shutdown", Steps: steps}
}

// spawningThread returns the thread of a Spawn from outside.
func spawningThread(mistake string) interleave.Thread[crew] {
	send := func(s *crew) (string, interleave.Next) {
		s.tasks[2].state = woken
		if s.put(0, 2) {
			return "sends a task", interleave.GoOn
		}
		if mistake != "a Spawn that doesn't ask whether it is sent" {
			s.finish(2)
		}
		return "finds the inbox closed, and drops the task", interleave.End
	}
	return interleave.Thread[crew]{Name: "Spawn", Steps: append([]crewStep{send}, unparking(func(*crew) int8 { return 0 }, ends)...)}
}

// TestOrdersOfStopping has the steps of Runtime.stop, Runtime.others, Runtime.help, Runtime.closeInboxes and spawn. Meanwhile a
// task is given, and woken or cancelled, or another one comes. Each is polled to its end, or dropped, once.
func TestOrdersOfStopping(t *testing.T) {
	model := func(giver int8, tasks int, third func(mistake string) interleave.Thread[crew]) func(mistake string) interleave.Model[crew] {
		return func(mistake string) interleave.Model[crew] {
			m := crewModel(mistake, giver, stoppingThread(mistake), third(mistake))
			m.Start.event = tasks == 3
			m.Bad = func(s crew, stuck []string) bool {
				bad := s.wrong || len(stuck) > 0
				for _, t := range s.tasks[:tasks] {
					bad = bad || t.ends != 1
				}
				return bad
			}
			return m
		}
	}
	event := model(1, 2, func(mistake string) interleave.Thread[crew] { event, _ := bringing(mistake); return event })
	cancel := model(0, 2, func(mistake string) interleave.Thread[crew] { _, cancel := bringing(mistake); return cancel })
	spawn := model(0, 3, spawningThread)
	type models = map[string]interleave.Model[crew]
	early, alone := "a worker that drops before the inboxes are closed", "a close that doesn't wait for the other worker"
	orders(t, event(""), models{early: event(early), alone: event(alone)})
	ringing := "a stop that rings before it says"
	orders(t, cancel(""), models{ringing: cancel(ringing)})
	open, unasked := "a close that leaves the inbox open", "a Spawn that doesn't ask whether it is sent"
	orders(t, spawn(""), models{open: spawn(open), unasked: spawn(unasked)})
}
