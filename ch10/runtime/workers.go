package runtime

import (
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"ch10/future"
)

// With Options.Workers, BlockOn has others beside it: each is a goroutine with a run queue, timers and an event queue
// of its own. A task belongs to the worker that polls it first, and so do its timers and sources. A
// task that nobody has polled has none of these, so it may still move. A worker gives half of those that it has to
// each worker that is parked.

// Workers returns the number of workers.
func (rt *Runtime) Workers() int { return len(rt.root.all) }

// SpawnOn is [Spawn] for a task that stays on one worker. Workers are numbered from 0, which is the
// goroutine that calls BlockOn.
func SpawnOn[T any](rt *Runtime, worker int, f future.Future[T]) *JoinHandle[T] {
	if worker < 0 || worker >= rt.Workers() {
		panic(fmt.Sprintf("runtime: SpawnOn: there is no worker %d of %d", worker, rt.Workers()))
	}
	return spawn(nil, rt.root.all[worker], true, f)
}

func (rt *Runtime) addWorker(o Options) error {
	o.Name = fmt.Sprintf("%s/%d", o.Name, len(rt.all))
	_, err := newWorker(o, rt)
	return err
}

// A shift is what the other workers have in common during a BlockOn.
type shift struct {
	until   task           // done when they have to stop
	working sync.WaitGroup // those who may still poll
	present sync.WaitGroup // those who have a goroutine
	over    chan struct{}  // closed when nobody polls
}

// others starts the other workers. The function that it returns waits until they have stopped. See TestOrdersOfStopping.
func (rt *Runtime) others() (stop func()) {
	s := &shift{over: make(chan struct{})}
	for _, w := range rt.all[1:] {
		s.working.Add(1)
		s.present.Add(1)
		go w.help(s)
	}
	return func() {
		s.until.state.Swap(done)
		for _, w := range rt.all[1:] {
			w.unpark()
		}
		s.working.Wait()
		if rt.stopping.Load() {
			rt.closeInboxes()
		}
		close(s.over)
		s.present.Wait()
	}
}

// help is a worker's goroutine. If a task ends it, another one goes on. When the runtime is shut down the worker drops
// its tasks itself, since a coroutine with a stack that has begun on its own thread can only end there. See
// TestOrdersOfStopping.
func (rt *Runtime) help(s *shift) {
	stopped := false
	defer func() {
		if rt.publish(); stopped {
			s.present.Done()
		} else {
			go rt.help(s)
		}
	}()
	defer rt.lockThread()()
	rt.loop(&s.until)
	stopped = true
	s.working.Done()
	if <-s.over; rt.closed {
		rt.abandonAll(rt.root.why())
	}
}

// isFinished reports whether there are no tasks. It is for root when the others don't work.
func (rt *Runtime) isFinished() bool {
	for _, w := range rt.all {
		if w.stats.Tasks > 0 || w.run.first != nil || w.inbox.Load() != nil {
			return false
		}
	}
	return true
}

// isFresh reports whether another worker may have t, which is in a run queue or an inbox.
func (t *task) isFresh() bool { return t.after == nil && !t.stays }

// count is called with what was in the inbox.
func (rt *Runtime) count(newest *task) {
	for t := newest; t != nil; t = t.next {
		if t.isFresh() {
			rt.fresh++
		}
	}
}

// linked is called before the first poll of t, which is this worker's from now on.
func (rt *Runtime) linked(t *task) {
	if !t.stays {
		rt.fresh--
		rt.give(true)
	}
}

// give gives half of the tasks that nobody has polled to each worker that is parked. What is left of one and a half is
// theirs if this worker is about to poll another. A wake or a Cancel of such a task finds it
// woken, and doesn't ask whose it is. TestOrdersOfGiving has the steps of both sides in every order.
func (rt *Runtime) give(polls bool) {
	if rt.fresh == 0 || rt.closed {
		return
	}
	for _, to := range rt.root.all {
		if to == rt || to.parked.Load() == 0 {
			continue
		}
		n := rt.fresh / 2
		if polls {
			n = (rt.fresh + 1) / 2
		}
		rt.fresh -= n
		var before *task
		for t := rt.run.first; n > 0; {
			next := t.next
			if t.isFresh() {
				rt.run.remove(t, before)
				atomic.StorePointer((*unsafe.Pointer)(unsafe.Pointer(&t.rt)), unsafe.Pointer(to)) // see home
				if !to.send(t) {
					panic("runtime: a worker has closed its inbox while another one works")
				}
				n--
			} else {
				before = t
			}
			t = next
		}
	}
}
