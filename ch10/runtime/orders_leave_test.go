package runtime

import (
	"testing"

	"ch10/interleave"
)

// leaving is what Shutdown and those who call BlockOn share.
type leaving struct {
	working  bool // somebody has the token
	stopping bool
	ctxEnded bool // Shutdown's
	saw      [2]bool
	closed   int8
}

type leavingStep = interleave.Step[leaving]

// takeToken goes on with the token, and otherwise as next says.
func takeToken(next interleave.Next) leavingStep {
	return func(s *leaving) (string, interleave.Next) {
		if s.working {
			return "doesn't get the token", next
		}
		s.working = true
		return "gets the token", interleave.GoOn
	}
}

// leavingModel has two goroutines that call BlockOn, one after the other, and one that calls Shutdown.
func leavingModel(mistake string) interleave.Model[leaving] {
	do := func(did string, step func(s *leaving)) leavingStep { return interleave.Do(did, interleave.GoOn, step) }
	closeOnce := do("closes, unless that has been", func(s *leaving) { s.closed = max(s.closed, 1) })
	giveBack := do("gives the token back", func(s *leaving) { s.working = false })
	blockOn := func(i int) []leavingStep {
		begin := func(s *leaving) (string, interleave.Next) {
			switch {
			case !s.working:
				s.working = true
				return "gets the token", interleave.GoOn
			case s.stopping:
				return "returns ErrShutdown", interleave.End
			}
			return "", interleave.Blocked // a panic, in fact: the other one is in BlockOn
		}
		work := func(s *leaving) (string, interleave.Next) {
			if s.stopping {
				s.closed = 1
				return "sees that it has to stop, and closes", interleave.GoOn
			}
			return "has its result", interleave.GoOn
		}
		look := do("looks whether Shutdown has been called", func(s *leaving) { s.saw[i] = s.stopping })
		decide := func(s *leaving) (string, interleave.Next) {
			if !s.saw[i] {
				return "returns", interleave.End
			}
			return takeToken(interleave.End)(s)
		}
		if mistake == "a BlockOn that looks, and then gives the token back" {
			return []leavingStep{begin, work, look, giveBack, decide, closeOnce, giveBack}
		}
		return []leavingStep{begin, work, giveBack, look, decide, closeOnce, giveBack}
	}
	say := do("says that the workers have to stop", func(s *leaving) { s.stopping = true })
	wait := func(s *leaving) (string, interleave.Next) {
		did, next := takeToken(interleave.Blocked)(s)
		if next == interleave.Blocked && s.ctxEnded {
			return "gives up", interleave.End
		}
		return did, next
	}
	shutdown := []leavingStep{say, wait, closeOnce, giveBack}
	if mistake == "a Shutdown that waits, and then says" {
		shutdown = []leavingStep{wait, say, closeOnce, giveBack}
	}
	return interleave.Model[leaving]{
		Threads: []interleave.Thread[leaving]{
			{Name: "first BlockOn", Steps: blockOn(0)}, {Name: "second BlockOn", Steps: blockOn(1)}, {Name: "Shutdown", Steps: shutdown},
			{Name: "context", Steps: []leavingStep{do("ends", func(s *leaving) { s.ctxEnded = true })}},
		},
		Bad: func(s leaving, stuck []string) bool { return len(stuck) > 0 || s.working || s.closed != 1 },
	}
}

// TestOrdersOfLeaving has the steps of Runtime.Shutdown, BlockOn and Runtime.leave. The runtime is closed in the end, also
// if Shutdown has given up.
func TestOrdersOfLeaving(t *testing.T) {
	wrong := map[string]interleave.Model[leaving]{}
	for _, mistake := range []string{"a BlockOn that looks, and then gives the token back", "a Shutdown that waits, and then says"} {
		wrong[mistake] = leavingModel(mistake)
	}
	orders(t, leavingModel(""), wrong)
}
