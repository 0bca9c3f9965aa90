package main

import "ch10/interleave"

// This file has the steps of the models in parker.go.

type step = interleave.Step[shared]

// do returns a step that never waits, and when returns one that does. The constants say what a thread does next.
var (
	do   = interleave.Do[shared]
	when = interleave.When[shared]
)

const (
	goOn    = interleave.GoOn
	stay    = interleave.Stay
	restart = interleave.Restart
	end     = interleave.End
	blocked = interleave.Blocked
)

// shared has what the threads of a model share. Each model uses some of it.
type shared struct {
	queued bool // the task is in the queue

	asleep bool // signal: the executor sleeps

	token bool // thread::park: unpark has been called, and park hasn't used it up
	held  bool // another thread holds the lock that printing needs
	wants bool // the executor is parked until it gets that lock

	resumable bool // Parker
	inWait    bool // the executor is in Wait of the condition variable
	notified  bool

	parked bool // our runtime
	alarm  bool // the event of the alarm is in the event queue
}

func lookForTask(s *shared) (string, interleave.Next) {
	if s.queued {
		return "looks at the queue: there is the task", end
	}
	return "looks at the queue: it is empty", goOn
}

var queueTask = do("puts the task into the queue", goOn, func(s *shared) { s.queued = true })

// With a signal, a wake-up that finds nobody asleep is forgotten.
var (
	fallAsleep    = do("falls asleep", goOn, func(s *shared) { s.asleep = true })
	waitForSignal = when(func(s *shared) bool { return !s.asleep }, "wakes up", restart, nil)
	sendSignal    = do("signals", end, func(s *shared) { s.asleep = false })
)

// With thread::park, a token keeps a wake-up. Each thread has only one, and unpark can't say what it is for.
var (
	parkOnToken = when(func(s *shared) bool { return s.token },
		"parks, and the token lets it go on at once", restart, func(s *shared) { s.token = false })
	setToken = do("unparks the executor: sets its token", end, func(s *shared) { s.token = true })
)

// takeLockAndPrint takes a lock, between the look and the park. If another thread holds it, the lock parks the
// executor with the same token, until that thread releases it.
func takeLockAndPrint(s *shared) (string, interleave.Next) {
	switch {
	case s.wants && !s.token:
		return "", blocked
	case s.wants && s.held:
		s.token = false
		return "uses up the token, sees that it still can't print, and parks again", stay
	case s.wants:
		s.token, s.wants = false, false
		return "uses up the token, and prints", goOn
	case s.held:
		s.wants = true
		return "wants to print: another thread has the lock, so it parks", stay
	}
	return "prints", goOn
}

func releaseLock(s *shared) (string, interleave.Next) {
	s.held = false
	if s.wants {
		s.token = true
		return "releases the lock, and unparks the executor: sets its token", end
	}
	return "releases the lock", end
}

// A Parker has a flag of its own. These are the steps of type parker.

func waitForFlag(s *shared) (string, interleave.Next) {
	if s.inWait && !s.notified {
		return "", blocked
	}
	s.inWait, s.notified = false, false
	if s.resumable {
		s.resumable = false
		return "finds its flag set, and clears it", restart
	}
	s.inWait = true // in the same step, because Wait unlocks the mutex only when it can be notified
	return "finds its flag not set, and waits", stay
}

var (
	setFlag   = do("sets the flag", goOn, func(s *shared) { s.resumable = true })
	notifyOne = do("notifies", end, func(s *shared) { s.notified = s.inWait })
)

// Our runtime waits in the event queue, which keeps the event of the alarm until the executor takes it. These are the
// steps of park and wait in runtime/park.go, and of send and unpark in runtime/task.go.

var setParked = do("says that it is parked", goOn, func(s *shared) { s.parked = true })

func lookAgain(s *shared) (string, interleave.Next) {
	if s.queued {
		s.parked = false
		return "looks once more: there is the task", end
	}
	return "looks once more: the queue is empty", goOn
}

var waitForEvent = when(func(s *shared) bool { return s.alarm },
	"takes the alarm's event out of the event queue", restart, func(s *shared) { s.alarm, s.parked = false, false })

func isParked(s *shared) (string, interleave.Next) {
	if !s.parked {
		return "sees that the executor isn't parked", end
	}
	return "sees that the executor is parked", goOn
}

func claimAlarm(s *shared) (string, interleave.Next) {
	if !s.parked {
		return "sees that the executor isn't parked any more", end
	}
	s.parked = false
	return "is the one who rings the alarm", goOn
}

var ringAlarm = do("rings the alarm", end, func(s *shared) { s.alarm = true })
