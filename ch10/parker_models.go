package main

import "ch10/interleave"

// The steps of the models of parker.

type step = interleave.Step[shared]

// What the threads of a model share, of which each model needs some.
type shared struct {
	queued bool // the task is in the queue

	asleep bool // signal: the executor sleeps

	token bool // thread::park: unpark has been called, and park hasn't used it up
	held  bool // somebody else has the lock that printing needs
	wants bool // the executor is parked until it gets that lock

	resumable bool // Parker
	inWait    bool // the executor is in Wait of the condition variable
	notified  bool

	parked bool // our runtime
	alarm  bool // the event queue has the alarm's event
}

func lookForTask(s *shared) (string, interleave.Next) {
	if s.queued {
		return "looks at the queue: there is the task", interleave.End
	}
	return "looks at the queue: it is empty", interleave.GoOn
}

func queueTask(s *shared) (string, interleave.Next) {
	s.queued = true
	return "puts the task into the queue", interleave.GoOn
}

// With a signal, a wake-up that finds nobody asleep is forgotten.

func fallAsleep(s *shared) (string, interleave.Next) {
	s.asleep = true
	return "falls asleep", interleave.GoOn
}

func waitForSignal(s *shared) (string, interleave.Next) {
	if s.asleep {
		return "", interleave.Blocked
	}
	return "wakes up", interleave.Restart
}

func sendSignal(s *shared) (string, interleave.Next) {
	s.asleep = false
	return "signals", interleave.End
}

// With thread::park a wake-up is kept, in a token. Each thread has one, and who calls unpark can't say what for.

func parkOnToken(s *shared) (string, interleave.Next) {
	if !s.token {
		return "", interleave.Blocked
	}
	s.token = false
	return "parks, and the token lets it go on at once", interleave.Restart
}

func setToken(s *shared) (string, interleave.Next) {
	s.token = true
	return "unparks the executor: sets its token", interleave.End
}

// takeLockAndPrint takes a lock, between the look and the park. If somebody has it, the lock parks the thread as the
// executor does, until it is released.
func takeLockAndPrint(s *shared) (string, interleave.Next) {
	switch {
	case s.wants && !s.token:
		return "", interleave.Blocked
	case s.wants && s.held:
		s.token = false
		return "uses up the token, sees that it still can't print, and parks again", interleave.Stay
	case s.wants:
		s.token, s.wants = false, false
		return "uses up the token, and prints", interleave.GoOn
	case s.held:
		s.wants = true
		return "wants to print: another thread has the lock, so it parks", interleave.Stay
	}
	return "prints", interleave.GoOn
}

func releaseLock(s *shared) (string, interleave.Next) {
	s.held = false
	if s.wants {
		s.token = true
		return "releases the lock, and unparks the executor: sets its token", interleave.End
	}
	return "releases the lock", interleave.End
}

// A Parker has a flag of its own. These are the steps of type parker.

func waitForFlag(s *shared) (string, interleave.Next) {
	if s.inWait && !s.notified {
		return "", interleave.Blocked
	}
	s.inWait, s.notified = false, false
	if s.resumable {
		s.resumable = false
		return "finds its flag set, and clears it", interleave.Restart
	}
	s.inWait = true // at once: Wait unlocks the mutex when it can be notified
	return "finds its flag not set, and waits", interleave.Stay
}

func setFlag(s *shared) (string, interleave.Next) {
	s.resumable = true
	return "sets the flag", interleave.GoOn
}

func notifyOne(s *shared) (string, interleave.Next) {
	s.notified = s.inWait
	return "notifies", interleave.End
}

// Our runtime waits in the event queue, where the alarm's event stays until it is taken. These are the steps
// of park and wait in runtime/worker.go, and of send and unpark in runtime/task.go.

func setParked(s *shared) (string, interleave.Next) {
	s.parked = true
	return "says that it is parked", interleave.GoOn
}

func lookAgain(s *shared) (string, interleave.Next) {
	if s.queued {
		s.parked = false
		return "looks once more: there is the task", interleave.End
	}
	return "looks once more: the queue is empty", interleave.GoOn
}

func waitForEvent(s *shared) (string, interleave.Next) {
	if !s.alarm {
		return "", interleave.Blocked
	}
	s.alarm, s.parked = false, false
	return "takes the alarm's event out of the event queue", interleave.Restart
}

func isParked(s *shared) (string, interleave.Next) {
	if !s.parked {
		return "sees that the executor isn't parked", interleave.End
	}
	return "sees that the executor is parked", interleave.GoOn
}

func claimAlarm(s *shared) (string, interleave.Next) {
	if !s.parked {
		return "sees that the executor isn't parked any more", interleave.End
	}
	s.parked = false
	return "is the one who rings the alarm", interleave.GoOn
}

func ringAlarm(s *shared) (string, interleave.Next) {
	s.alarm = true
	return "rings the alarm", interleave.End
}
