package runtime

import (
	"testing"

	"ch10/interleave"
)

// joining is what a task and the waiter for its result share.
type joining struct {
	state  uint32 // of the task
	before uint32 // what its worker found there
	queued bool   // the task is in the inbox or in the run queue
	event  bool   // has come that makes the task ready
	over   bool   // the worker finishes the task

	waits, woken bool // the waiter
	late         bool // its timer has fired
	taken        int8 // how often the result has been
	discarded    int8
}

type joiningStep = interleave.Step[joining]

// wakingTask is task.Wake.
var wakingTask = []joiningStep{
	func(s *joining) (string, interleave.Next) {
		if s.state&(woken|done) != 0 {
			return "sees that the task is woken, or done", interleave.End
		}
		return "sees that the task isn't woken", interleave.GoOn
	},
	func(s *joining) (string, interleave.Next) {
		before := s.state
		if s.state |= woken; before&(woken|owned|done) != 0 {
			return "leaves the task to its worker", interleave.End
		}
		return "sets woken", interleave.GoOn
	},
	interleave.Do("sends the task", interleave.End, func(s *joining) { s.queued = true }),
}

// joiningModel has a mistake, or none. With a timer the waiter loses interest when that fires.
func joiningModel(timer bool, mistake string) interleave.Model[joining] {
	do := func(did string, step func(s *joining)) joiningStep { return interleave.Do(did, interleave.GoOn, step) }

	say := do("says that it waits", func(s *joining) { s.waits = true })
	look := func(s *joining) (string, interleave.Next) {
		if s.state&done != 0 {
			s.taken++
			return "takes the result", interleave.End
		}
		return "finds it running", interleave.GoOn
	}
	sleep := func(s *joining) (string, interleave.Next) {
		switch {
		case s.woken:
			s.woken = false
			return "is woken", interleave.Restart
		case s.late:
			return "is late", interleave.GoOn
		}
		return "", interleave.Blocked
	}
	discard := func(s *joining) (string, interleave.Next) {
		s.discarded++
		return "discards the result", interleave.End
	}
	drop := []joiningStep{func(s *joining) (string, interleave.Next) {
		before := s.state
		if s.state |= cancelled | dropped; before&done != 0 {
			return discard(s)
		}
		return "says that it drops", interleave.GoOn
	}}
	waiter := []joiningStep{say, look, sleep}

	begin := do("begins a poll", func(s *joining) { s.before, s.state, s.over = s.state, owned, false })
	poll := func(s *joining) (string, interleave.Next) {
		switch s.over = s.event || s.before&cancelled != 0; {
		case s.before&cancelled != 0:
			if mistake != "a poll that forgets dropped" {
				s.state |= s.before & dropped
			}
			return "is cancelled", interleave.GoOn
		case s.event:
			return "is ready", interleave.GoOn
		}
		return "isn't ready", interleave.GoOn
	}
	finish := func(s *joining) (string, interleave.Next) {
		switch {
		case s.over:
			s.before, s.state = s.state, done
			return "is done", interleave.GoOn
		case s.state == owned:
			s.state = 0
			return "waits for a wake", interleave.Restart
		}
		s.queued = true
		return "was woken meanwhile", interleave.Restart
	}
	wake := do("wakes who waits", func(s *joining) { s.woken = s.woken || s.waits })
	letGo := func(s *joining) (string, interleave.Next) {
		if s.before&dropped != 0 {
			return discard(s)
		}
		return "leaves the result to the waiter", interleave.End
	}
	receive := interleave.When(func(s *joining) bool { return s.queued }, "is taken from the queue", interleave.GoOn, func(s *joining) { s.queued = false })
	task := []joiningStep{receive, begin, poll, finish, wake, letGo}

	switch mistake {
	case "look before say":
		waiter = []joiningStep{look, say, sleep}
	case "wake before done":
		wakeIfOver := func(s *joining) (string, interleave.Next) {
			s.woken = s.woken || s.waits && s.over
			return "wakes who waits", interleave.GoOn
		}
		task = []joiningStep{receive, begin, poll, wakeIfOver, finish, letGo}
	case "a Drop that looks, and then says":
		drop = []joiningStep{func(s *joining) (string, interleave.Next) {
			if s.state&done != 0 {
				return discard(s)
			}
			return "finds it running", interleave.GoOn
		}, do("says that it drops", func(s *joining) { s.state |= cancelled | dropped })}
	case "a finish that says, and then looks":
		task[3] = func(s *joining) (string, interleave.Next) {
			if !s.over {
				return finish(s)
			}
			s.state |= done
			return "is done", interleave.GoOn
		}
		task[5] = func(s *joining) (string, interleave.Next) {
			s.before = s.state
			return letGo(s)
		}
	}
	m := interleave.Model[joining]{
		Start: joining{state: woken, queued: true},
		Threads: []interleave.Thread[joining]{
			{Name: "waiter", Steps: append(append(waiter, drop...), wakingTask...)},
			{Name: "task", Steps: task},
			{Name: "event", Steps: append([]joiningStep{do("comes", func(s *joining) { s.event = true })}, wakingTask...)},
		},
		Bad: func(s joining, stuck []string) bool { return len(stuck) > 0 || s.taken+s.discarded != 1 },
	}
	if timer {
		m.Threads = append(m.Threads, interleave.Thread[joining]{Name: "timer",
			Steps: []joiningStep{do("fires", func(s *joining) { s.late = true })}})
	}
	return m
}

// TestOrdersOfJoining has the steps of JoinHandle.Poll, JoinHandle.Drop, task.Wake, Runtime.pollSome and
// Runtime.finish. The result is taken or discarded, once.
func TestOrdersOfJoining(t *testing.T) {
	for timer, mistakes := range map[bool][]string{
		false: {"look before say", "wake before done"},
		true:  {"a poll that forgets dropped", "a Drop that looks, and then says", "a finish that says, and then looks"},
	} {
		wrong := map[string]interleave.Model[joining]{}
		for _, mistake := range mistakes {
			wrong[mistake] = joiningModel(timer, mistake)
		}
		orders(t, joiningModel(timer, ""), wrong)
	}
}
