//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"container/heap"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"ch05/poll"
)

// Sleep suspends the fiber for d, or for a single turn if d isn't positive. It
// panics outside a fiber.
func Sleep(d time.Duration) {
	if d <= 0 {
		Yield()
		return
	}
	if rt := inFiber(); rt != nil {
		rt.sleepUntil(rt.current, d)
	}
	park(Waiting)
}

// Wait suspends the fiber until the event queue reports s: a read or write
// is worth a try then, and Wait is called again if that would block. s must not
// be registered elsewhere, nor be closed meanwhile. With a WaitLimit the error
// may be os.ErrDeadlineExceeded.
func Wait(s poll.Source, i poll.Interest) error {
	rt := inFiber()
	if rt == nil {
		return errors.New("fiber: Wait outside a fiber")
	}
	f := rt.current
	rt.tokens++
	f.token, f.timedOut = rt.tokens, false
	// A source that is ready already is reported as well: nothing is lost.
	if err := rt.poll.Registry().Register(s, f.token, i); err != nil {
		return err
	}
	rt.waiting[f.token] = f
	if rt.waitLimit > 0 {
		rt.sleepUntil(f, rt.waitLimit)
	}
	park(Waiting)
	if err := rt.poll.Registry().Deregister(s); err != nil {
		return err
	}
	if f.timedOut {
		return fmt.Errorf("nothing in %v: %w", rt.waitLimit, os.ErrDeadlineExceeded)
	}
	return nil
}

func (rt *Runtime) sleepUntil(f *fiber, d time.Duration) {
	rt.sleeps++
	f.due, f.order = time.Now().Add(min(d, math.MaxInt64/2)), rt.sleeps
	heap.Push(&rt.sleeping, f)
}

const (
	// turnsPerPoll is how many turns may be taken before the event queue is
	// asked, which is a system call, while there are fibers that are ready.
	turnsPerPoll = 64

	// maxSleep is how long Run sleeps before it looks at the heap, which other
	// goroutines may fill.
	maxSleep = time.Second
)

// wake makes ready what waits for an event or a time that has come. It waits
// for one if nothing is ready.
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
				heap.Remove(&rt.sleeping, f.index)
			}
			rt.makeReady(f)
		}
	}
	for len(rt.sleeping) > 0 && !rt.sleeping[0].due.After(time.Now()) {
		f := heap.Pop(&rt.sleeping).(*fiber)
		if rt.waiting[f.token] == f {
			delete(rt.waiting, f.token)
			f.timedOut = true
		}
		rt.makeReady(f)
	}
	if timeout > 0 {
		rt.look()
	}
	return err
}

// sleepers is a heap.Interface: the first to wake is sleepers[0].
type sleepers []*fiber

func (s sleepers) Len() int { return len(s) }
func (s sleepers) Less(i, j int) bool {
	c := s[i].due.Compare(s[j].due)
	return c < 0 || c == 0 && s[i].order < s[j].order
}
func (s sleepers) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = i, j
}
func (s *sleepers) Push(x any) {
	f := x.(*fiber)
	f.index = len(*s)
	*s = append(*s, f)
}
func (s *sleepers) Pop() any {
	last := len(*s) - 1
	f := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	return f
}
