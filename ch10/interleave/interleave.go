package interleave

import "slices"

// A thread of a model does one step after the other. Between any two of them all other threads may do
// theirs. What a step does, it does at once.
type thread struct {
	name  string
	steps []step
	at    int // len(steps): it has come to its end
}

// A step changes what is shared, and tells what it did and how its thread goes on.
type step func(*shared) (did string, then outcome)

type outcome int

const (
	goOn      outcome = iota // with the next step
	stay                     // at this step
	goBack                   // to the first step
	end                      // of the thread
	isBlocked                // the step did nothing: it waits for another thread
)

// explore has the threads do their steps in every order that is possible, depth first. It calls found
// with each order, when no thread can do a step any more.
func explore(s shared, threads []thread, order []string, found func(order []string, threads []thread)) {
	stuck := true
	for i, t := range threads {
		if t.at == len(t.steps) {
			continue
		}
		s := s
		did, then := t.steps[t.at](&s)
		switch then {
		case isBlocked:
			continue
		case goOn:
			t.at++
		case goBack:
			t.at = 0
		case end:
			t.at = len(t.steps)
		}
		stuck = false
		threads := slices.Clone(threads)
		threads[i] = t
		explore(s, threads, append(slices.Clip(order), t.name+" "+did), found)
	}
	if stuck {
		found(order, threads)
	}
}

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

func lookForTask(s *shared) (string, outcome) {
	if s.queued {
		return "looks at the queue: there is the task", end
	}
	return "looks at the queue: it is empty", goOn
}

func queueTask(s *shared) (string, outcome) {
	s.queued = true
	return "puts the task into the queue", goOn
}

// With a signal, a wake-up that finds nobody asleep is forgotten.

func fallAsleep(s *shared) (string, outcome) {
	s.asleep = true
	return "falls asleep", goOn
}

func waitForSignal(s *shared) (string, outcome) {
	if s.asleep {
		return "", isBlocked
	}
	return "wakes up", goBack
}

func sendSignal(s *shared) (string, outcome) {
	s.asleep = false
	return "signals", end
}

// With thread::park a wake-up is kept, in a token. Each thread has one, and who calls unpark can't say what for.

func parkOnToken(s *shared) (string, outcome) {
	if !s.token {
		return "", isBlocked
	}
	s.token = false
	return "parks, and the token lets it go on at once", goBack
}

func setToken(s *shared) (string, outcome) {
	s.token = true
	return "unparks the executor: sets its token", end
}

// takeLockAndPrint takes a lock, between the look and the park. If somebody has it, the lock parks the thread as the
// executor does, until it is released.
func takeLockAndPrint(s *shared) (string, outcome) {
	switch {
	case s.wants && !s.token:
		return "", isBlocked
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

func releaseLock(s *shared) (string, outcome) {
	s.held = false
	if s.wants {
		s.token = true
		return "releases the lock, and unparks the executor: sets its token", end
	}
	return "releases the lock", end
}

// A Parker has a flag of its own. These are the steps of type parker.

func waitForFlag(s *shared) (string, outcome) {
	if s.inWait && !s.notified {
		return "", isBlocked
	}
	s.inWait, s.notified = false, false
	if s.resumable {
		s.resumable = false
		return "finds its flag set, and clears it", goBack
	}
	s.inWait = true // at once: Wait unlocks the mutex when it can be notified
	return "finds its flag not set, and waits", stay
}

func setFlag(s *shared) (string, outcome) {
	s.resumable = true
	return "sets the flag", goOn
}

func notifyOne(s *shared) (string, outcome) {
	s.notified = s.inWait
	return "notifies", end
}

// Our runtime waits in the event queue, where the alarm's event stays until it is taken. These are the steps
// of park and wait in runtime/worker.go, and of send and unpark in runtime/task.go.

func setParked(s *shared) (string, outcome) {
	s.parked = true
	return "says that it is parked", goOn
}

func lookAgain(s *shared) (string, outcome) {
	if s.queued {
		s.parked = false
		return "looks once more: there is the task", end
	}
	return "looks once more: the queue is empty", goOn
}

func waitForEvent(s *shared) (string, outcome) {
	if !s.alarm {
		return "", isBlocked
	}
	s.alarm, s.parked = false, false
	return "takes the alarm's event out of the event queue", goBack
}

func isParked(s *shared) (string, outcome) {
	if !s.parked {
		return "sees that the executor isn't parked", end
	}
	return "sees that the executor is parked", goOn
}

func claimAlarm(s *shared) (string, outcome) {
	if !s.parked {
		return "sees that the executor isn't parked any more", end
	}
	s.parked = false
	return "is the one who rings the alarm", goOn
}

func ringAlarm(s *shared) (string, outcome) {
	s.alarm = true
	return "rings the alarm", end
}
