package runtime

import (
	"context"
	goruntime "runtime"

	"ch10/future"
)

// A task that can go on and on must not keep the others from their turns, nor the worker from its look at
// timers and events. So a poll has a budget, and so has a round, which lies between two looks. Both are in steps:
// each try of a leaf future is one ([Proceed]), and in a round each poll is one more.
const (
	pollSteps  = 128
	roundSteps = 256 // a look costs a system call, which they share
)

// Proceed reports whether the task that is polled with cx may take another step. A leaf future asks
// before each try that can end at once, with a result or an error. If Proceed returns false, the
// budget of the poll is used up and cx has been woken, so the leaf returns future.NotReady.
func Proceed(cx *future.Context) bool { return From(cx).proceed(cx) }

func (rt *Runtime) proceed(cx *future.Context) bool {
	if rt.steps > 0 {
		rt.steps--
		return true
	}
	yieldNow(cx)
	return false
}

// BlockOn polls the tasks of rt, and f as one of them, until f is done, and returns f's result or a
// *[PanicError]. The goroutine that calls BlockOn is a worker until then. BlockOn panics if it is
// called in a task, or while another goroutine is in BlockOn. Tasks that aren't done when f is wait
// for the next BlockOn, or for Shutdown.
//
// Go resumes a coroutine with a stack only on a goroutine that is locked to its thread as the first
// one was. So either all goroutines that call BlockOn and Shutdown are locked, or none is.
//
// The context of f's task ([future.Context.Context]) is a child of ctx. When ctx ends, f is dropped,
// and BlockOn returns ctx's error. If rt has been shut down before BlockOn returns, the error is
// [ErrShutdown], even if f has a result.
// TestOrdersOfLeaving has a BlockOn and a Shutdown at the same time.
//
// With several workers, each of the others polls its tasks for one round at least, and BlockOn waits
// for the end of these rounds.
func BlockOn[T any](ctx context.Context, rt *Runtime, f future.Future[T]) (T, error) {
	rt = rt.root
	select {
	case rt.working <- struct{}{}:
	default:
		if rt.stopping.Load() { // it is Shutdown that works
			var zero T
			future.Drop(f)
			return zero, ErrShutdown
		}
		panic("runtime: BlockOn inside a task, or while another goroutine is in BlockOn")
	}
	defer rt.leave()
	h := spawn(ctx, rt, true, f)
	h.t.awaitedBy(&theCaller, rt.shared)
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, h.Cancel)()
	}
	rt.work(&h.t)
	switch {
	case h.err == context.Canceled && ctx.Err() != nil:
		h.err = ctx.Err()
	case h.err == nil && rt.closed:
		h.err = rt.why()
	}
	return h.take(), h.err
}

// leave ends the worker's time. If Shutdown has given up waiting for that, nobody else would close rt. So leave gives the
// token back, and then looks at stopping: see TestOrdersOfLeaving.
func (rt *Runtime) leave() {
	<-rt.working
	if rt.stopping.Load() {
		select {
		case rt.working <- struct{}{}:
			rt.closeAsWorker()
		default: // there is another worker by now, which will leave, too
		}
	}
}

// work is what BlockOn's goroutine does.
func (rt *Runtime) work(until *task) {
	defer rt.publish() // also if a task ends the goroutine
	defer rt.lockThread()()
	rt.workUntil(until)
	if rt.stopping.Load() {
		rt.close()
		return
	}
	rt.receive()
	if rt.isFinished() {
		rt.logf("All tasks are finished")
	}
}

func (rt *Runtime) lockThread() (unlock func()) {
	if !rt.locks {
		return func() {}
	}
	goruntime.LockOSThread()
	return goruntime.UnlockOSThread
}

func (rt *Runtime) workUntil(until *task) {
	if len(rt.all) > 1 {
		defer rt.others()()
	}
	rt.loop(until)
}

// loop is the worker's. It has one round at least. Otherwise a worker would never poll its tasks if, at each BlockOn, until
// was done before Go ran the worker's goroutine.
func (rt *Runtime) loop(until *task) {
	rt.until = until
	rt.tracing = tracing()
	for over := rt.stopping.Load(); !over; over = rt.isOver() {
		if rt.pollSome(until); rt != rt.root || !until.isDone() {
			rt.look()
		}
	}
}

// isOver reports whether the worker has come to the end of its loop.
func (rt *Runtime) isOver() bool { return rt.stopping.Load() || rt.until != nil && rt.until.isDone() }

// pollSome polls what is in the run queue, for one round. It stops when until is done. A poll that begins clears the
// state but for owned and, at a cancel, dropped: without dropped TestOrdersOfJoining loses a result.
func (rt *Runtime) pollSome(until *task) {
	// One defer for all, which costs less than one for each poll. A panic ends the round.
	defer rt.recover()
	for steps := roundSteps; steps > 0; steps -= 1 + pollSteps - rt.steps {
		rt.steps = pollSteps
		t := rt.run.pop()
		if t == nil {
			rt.receive()
			if t = rt.run.pop(); t == nil {
				return
			}
		}
		if t.after == nil {
			rt.link(t)
		}
		cancel := t.ctx != nil && t.ctx.parent.Err() != nil // Cancel is on its way
		// From here on a wake counts anew. A task that has only yielded doesn't need this.
		if t.state.Load() != owned {
			before := t.state.Swap(owned)
			if before&cancelled != 0 {
				cancel = true
				t.state.Or(before & dropped)
			}
			if before&owned == 0 && !cancel {
				rt.stats.Wakes++
			}
		}
		if cancel {
			rt.abandon(t, context.Canceled)
			if t == until {
				return
			}
			continue
		}
		rt.stats.Polls++
		rt.current, rt.yielded = t, false
		ready := rt.poll(t)
		rt.current = nil
		switch {
		case ready:
			rt.finish(t)
			if t == until {
				return
			}
		case rt.yielded:
			rt.receive() // those in the inbox go first
			rt.run.push(t)
		case !t.state.CompareAndSwap(owned, 0): // woken or cancelled meanwhile
			rt.stats.Wakes++
			rt.receive()
			rt.run.push(t)
		}
	}
}

func (rt *Runtime) poll(t *task) bool {
	if rt.tracing {
		return t.pollTraced()
	}
	return t.r.poll()
}

// finish is called when a task is over. See TestOrdersOfJoining.
func (rt *Runtime) finish(t *task) {
	state := t.state.Swap(done)
	t.before.after, t.after.before = t.after, t.before
	t.before, t.after = nil, nil
	rt.stats.Tasks--
	if t.ctx != nil {
		for _, end := range t.ctx.end {
			end()
		}
	}
	if cx := t.awaited(); cx != nil { // asked for after state: see JoinHandle.Poll
		t.awaitedBy(nil, rt.shared)
		rt.wake(cx)
	}
	if state&dropped != 0 { // during the last poll
		t.r.discard()
	}
}

// link puts a task that nobody has polled into the ring, which Shutdown goes over.
func (rt *Runtime) link(t *task) {
	last := rt.live.before
	t.before, t.after = last, &rt.live
	last.after, rt.live.before = t, t
	rt.stats.Tasks++
	if rt.shared {
		rt.linked(t)
	}
}

// receive empties the inbox into the run queue.
func (rt *Runtime) receive() {
	if rt.inbox.Load() != nil && !rt.closed { // else closedInbox stays there
		newest := rt.inbox.Swap(nil)
		if rt.shared {
			rt.count(newest)
		}
		rt.run.append(newest)
		rt.outside = true
	}
}
