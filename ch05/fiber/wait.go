//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"sort"
	"time"

	"ch05/poll"
)

// Sleep suspends the fiber for d, or for a single turn if d isn't positive. It
// panics outside a fiber.
func Sleep(d time.Duration) {
	if rt := inFiber(); rt != nil {
		rt.sleepUntil(rt.current, d)
	}
	park(Waiting)
}

// Wait suspends the fiber until the event queue reports s. Then a read or a write
// is worth a try. If it would block, the caller calls Wait again. Until Wait has
// returned, s must not be registered elsewhere or closed. With a WaitLimit the
// error may be os.ErrDeadlineExceeded, wrapped.
func Wait(s poll.Source, i poll.Interest) error {
	rt := inFiber()
	if rt == nil {
		return errors.New("fiber: Wait outside a fiber")
	}
	f := rt.current
	rt.tokens++
	f.token = rt.tokens
	// A source that is ready already brings an event too, so nothing is lost.
	if err := rt.poll.Registry().Register(s, f.token, i); err != nil {
		return err
	}
	rt.waiting[f.token] = f
	if rt.waitLimit > 0 {
		rt.sleepUntil(f, rt.waitLimit)
	}
	park(Waiting)
	timedOut := rt.waiting[f.token] != nil // an event would have taken it out
	delete(rt.waiting, f.token)
	if err := rt.poll.Registry().Deregister(s); err != nil {
		return err
	}
	if timedOut {
		return fmt.Errorf("nothing in %v: %w", rt.waitLimit, os.ErrDeadlineExceeded)
	}
	return nil
}

// sleepUntil puts f among the sleepers, behind those that are due earlier or at the
// same time.
func (rt *Runtime) sleepUntil(f *fiber, d time.Duration) {
	f.due = time.Now().Add(min(d, math.MaxInt64/2))
	i := sort.Search(len(rt.sleeping), func(i int) bool { return rt.sleeping[i].due.After(f.due) })
	rt.sleeping = slices.Insert(rt.sleeping, i, f)
}

const (
	// turnsPerPoll is the number of turns between two calls of Poll while fibers
	// are ready. It isn't 1, because Poll is a system call.
	turnsPerPoll = 64

	// maxSleep is the longest sleep of Run. Then it looks at the heap, because
	// other goroutines may fill it.
	maxSleep = time.Second
)

// wake makes ready the fibers whose event or time has come. If no fiber is ready,
// it waits for one.
func (rt *Runtime) wake() error {
	if len(rt.waiting)+len(rt.sleeping) == 0 {
		return nil
	}
	timeout := maxSleep
	if len(rt.sleeping) > 0 {
		timeout = min(timeout, max(0, time.Until(rt.sleeping[0].due)))
	}
	if len(rt.ready) > 0 {
		if timeout > 0 && rt.turns < rt.nextPoll {
			return nil
		}
		timeout = 0
	}
	rt.nextPoll = rt.turns + turnsPerPoll
	n, err := rt.poll.Poll(rt.events, timeout)
	for _, e := range rt.events[:n] {
		if f := rt.waiting[e.Token()]; f != nil {
			delete(rt.waiting, f.token)
			if rt.waitLimit > 0 {
				rt.sleeping = slices.DeleteFunc(rt.sleeping, func(s *fiber) bool { return s == f })
			}
			rt.makeReady(f)
		}
	}
	for now := time.Now(); len(rt.sleeping) > 0 && !rt.sleeping[0].due.After(now); rt.sleeping = rt.sleeping[1:] {
		rt.makeReady(rt.sleeping[0])
	}
	if timeout > 0 {
		rt.look()
	}
	return err
}
