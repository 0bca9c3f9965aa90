package runtime

import (
	"errors"
	"io"

	"ch10/poll"
)

// CloseQueue closes rt's event queue: the next wait fails. Nobody must be waiting.
func CloseQueue(rt *Runtime) error { return rt.queue.Close() }

// Timers returns how many are in rt's heap. Like Sources, it is for the worker, or when there is none.
func Timers(rt *Runtime) (n int) {
	for _, w := range rt.all {
		n += len(w.timers.entries)
	}
	return n
}

// Sources returns how many are registered with rt.
func Sources(rt *Runtime) (n int) {
	for _, w := range rt.all {
		n += w.sources.n
	}
	return n
}

// Idle reports whether no task is to be polled. Nobody must be the worker.
func Idle(rt *Runtime) bool {
	for _, w := range rt.all {
		if w.run.first != nil || w.inbox.Load() != nil && w.inbox.Load() != &closedInbox {
			return false
		}
	}
	return true
}

// Running returns how many functions of Blocking run.
func Running(rt *Runtime) int {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	return rt.blocking
}

// Filled returns how many channels rt has, since they have values to be discarded.
func Filled(rt *Runtime) int { return len(rt.filled) }

// Left returns the values in c's buffer. Nobody must use c.
func Left[T any](c *Chan[T]) (left []T) {
	for i := range c.values.n {
		left = append(left, c.values.ring[c.values.index(i)])
	}
	return left
}

// Closed reports whether rt has closed its event queue. Nobody must be the worker.
func Closed(rt *Runtime) bool {
	_, err := rt.queue.Poll(make([]poll.Event, 1), 0)
	return errors.Is(err, poll.ErrClosed)
}

// SetLog is for a log that needs rt.
func SetLog(rt *Runtime, log io.Writer) {
	for _, w := range rt.all {
		w.log = log
	}
}

// Done reports whether h's task is.
func Done[T any](h *JoinHandle[T]) bool { return h.t.isDone() }

// TimerRoom returns how many timers rt has memory for.
func TimerRoom(rt *Runtime) int { return cap(rt.timers.entries) }
