// Package runtime runs futures. It is the executor, the reactor and the timers of the book in one.
//
// A [Runtime] has tasks, and polls those that have been woken. The goroutine that calls [BlockOn] is
// its worker. The worker repeats two steps:
//
//	poll tasks of the run queue, for some hundred steps  →  look: have events come, are timers due?
//
// With no task to poll, the look becomes a wait in the event queue. An event, the next timer, or a
// wake from another goroutine ends the wait. So the reactor has no thread of its own, and no event has
// to cross threads. While no source is registered, the worker waits on a channel instead, because a
// wake through a channel costs less than a microsecond, and one through the event queue tens of them.
// If no goroutine is left that could wake it, Go ends the program, as it does when all goroutines
// wait.
//
// There is no global runtime. A future finds its runtime by the Context that it is polled with
// ([From]).
//
// With Options.Workers, BlockOn starts other workers beside its own. A task belongs to the worker that
// polls it first, and so do its timers and its sources. So only code that runs in a Poll or a Drop of
// that worker's tasks may use a [Timer], an [IO] or a leaf future that has been polled. A Timer or an IO
// that another worker uses panics. Tasks of all workers may use a [Chan], and wait for each other's
// handles. Any goroutine may call [NewChan], [Spawn], [SpawnOn], [SpawnWith], [JoinHandle.Cancel], [Runtime.Shutdown],
// [Runtime.Stats], and any waker.
package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ch10/future"
	"ch10/poll"
)

// ErrShutdown is the result of tasks that [Runtime.Shutdown] drops, and of those that come after it.
var ErrShutdown = errors.New("runtime: shut down")

// Options are the parameters of New. The zero value is ready to use.
type Options struct {
	// Workers is how many goroutines poll tasks at the same time; 0: one. The tasks of one worker may share variables
	// without a lock, those of several may not.
	Workers int

	// OwnThread locks each worker to a thread while it works. A computing task then delays events less where other
	// programs compete for the cores, but a wake from another goroutine costs tens of microseconds. A coroutine with a
	// stack must end in the BlockOn in which it began, because Go resumes it only on that thread.
	OwnThread bool

	Name string    // begins each line of the log; "" means "main"
	Log  io.Writer // gets a line when a worker parks, and when all tasks are finished; nil: no log

	// Panicked is called, on any goroutine, when a task or a function of Blocking has panicked and no task waits for its
	// result. If there is a Log, the panic goes there instead, and with neither to standard error.
	Panicked func(*PanicError)
}

// A Runtime is made by [New], and stopped by [Runtime.Shutdown]. With several workers there is a
// Runtime for each, and any of them stands for all in the calls of this package.
type Runtime struct {
	name     string
	panicked func(*PanicError)
	root     *Runtime   // the one that New returned: it has what all share
	all      []*Runtime // of root; the first is root
	shared   bool       // there are several
	locks    bool       // each to its thread

	// Of everybody.
	inbox    atomic.Pointer[task] // tasks that were spawned or woken from outside, the newest first
	parked   atomic.Uint32        // where the worker is about to wait, or does; 0: nowhere
	stopping atomic.Bool          // Shutdown has been called, or the event queue is broken
	working  chan struct{}        // holds a token while somebody is the worker
	alarm    *poll.Waker
	bell     chan struct{} // holds a token from the time that somebody rings to the end of the worker's wait

	// Of the worker.
	queue   *poll.Poll
	events  []poll.Event
	run     runQueue
	live    task // the ring of all tasks that have been polled and aren't done
	current *task
	steps   int  // that are left to its poll
	yielded bool // current wants to be polled again, behind the others
	timers  timerHeap
	sources sources
	filled  map[interface{ discard() }]struct{} // of root: channels that have values which can be discarded
	until   *task                               // the worker goes on until that is done
	fresh   int                                 // tasks in the run queue that another worker may have
	tracing bool
	outside bool        // something has come through the inbox since the last park
	clock   *time.Timer // ends a wait for the bell; nil: there has been none with a timeout
	broken  error       // what is wrong with the event queue
	closed  bool        // it takes no more tasks
	ended   bool        // of root: close has been
	stats   Stats

	logging sync.Mutex
	log     io.Writer

	mu       sync.Mutex
	seen     Stats         // stats at the last look
	blocking int           // of root: functions of Blocking that run
	idle     chan struct{} // of root: closed when there are none; nil: nobody waits for that
}

// Stats has counts since New, and the number of tasks.
type Stats struct {
	Tasks int    // now; those that have been polled and aren't done
	Polls uint64 // of tasks
	Wakes uint64 // that put a task into a run queue; a Spawn counts, a Yield doesn't
	Parks uint64 // waits of the workers
}

const alarmToken poll.Token = 0

// New returns a runtime without tasks. The error says that the system gave no event queue.
func New(o Options) (*Runtime, error) {
	if o.Workers < 0 {
		panic("runtime: New: the number of workers is negative")
	}
	if o.Name == "" {
		o.Name = "main"
	}
	root, err := newWorker(o, nil)
	for err == nil && len(root.all) < o.Workers {
		err = root.addWorker(o)
	}
	if err != nil && root != nil {
		root.closeQueues()
	}
	return root, err
}

func newWorker(o Options, root *Runtime) (*Runtime, error) {
	queue, err := poll.New()
	if err != nil {
		return nil, err
	}
	alarm, err := poll.NewWaker(queue.Registry(), alarmToken)
	if err != nil {
		queue.Close()
		return nil, err
	}
	rt := &Runtime{name: o.Name, log: o.Log, panicked: o.Panicked, queue: queue, alarm: alarm,
		events: make([]poll.Event, 256), working: make(chan struct{}, 1), bell: make(chan struct{}, 1)}
	if rt.root = root; root == nil {
		rt.root = rt
	}
	rt.root.all, rt.shared, rt.locks = append(rt.root.all, rt), o.Workers > 1, o.OwnThread
	rt.sources.shared = rt.shared
	rt.live.before, rt.live.after = &rt.live, &rt.live
	rt.filled = make(map[interface{ discard() }]struct{})
	return rt, nil
}

// From returns the runtime of the task that is polled with cx; with several workers, that of the
// task's worker. Leaf futures call it in Poll. It panics if cx belongs to no task of this package.
func From(cx *future.Context) *Runtime {
	if t, ok := cx.Task().(*task); ok {
		return t.rt
	}
	panic("runtime: a future was polled outside of a runtime")
}

// Stats returns figures as of each worker's last look at its event queue. After BlockOn they are
// exact. Any goroutine may call Stats.
func (rt *Runtime) Stats() (sum Stats) {
	for _, w := range rt.root.all {
		w.mu.Lock()
		sum.Tasks += w.seen.Tasks
		sum.Polls += w.seen.Polls
		sum.Wakes += w.seen.Wakes
		sum.Parks += w.seen.Parks
		w.mu.Unlock()
	}
	return sum
}

func (rt *Runtime) publish() {
	rt.mu.Lock()
	rt.seen = rt.stats
	rt.mu.Unlock()
}

// Shutdown drops every task, ends the contexts of the functions of [Blocking], and waits for these
// functions. If ctx ends first, Shutdown returns ctx's error, and the rest is done in the background.
// A BlockOn stops between two polls and returns [ErrShutdown].
//
// Any goroutine may call Shutdown, more than once. But a task, or a function of Blocking, must not
// call it, because it would wait for itself.
//
// Shutdown sets stopping, and then waits to be the worker: see TestOrdersOfLeaving.
func (rt *Runtime) Shutdown(ctx context.Context) error {
	rt = rt.root
	if rt.isInBlocking() {
		panic("runtime: Shutdown inside a function of Blocking")
	}
	rt.stop()
	select {
	case rt.working <- struct{}{}: // if this can be, then also with a ctx that has ended
		rt.closeAsWorker()
	default:
		select {
		case rt.working <- struct{}{}:
			rt.closeAsWorker()
		case <-ctx.Done():
			return fmt.Errorf("runtime: shutdown: %w", ctx.Err())
		}
	}
	select {
	case <-rt.whenIdle():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("runtime: shutdown: %w", ctx.Err())
	}
}

// stop has the workers stop: it says so, and then rings. See TestOrdersOfStopping.
func (rt *Runtime) stop() {
	for _, w := range rt.root.all {
		w.stopping.Swap(true)
		w.unpark()
	}
}

// closeAsWorker is close for a goroutine that isn't in BlockOn, and has taken the worker's place.
func (rt *Runtime) closeAsWorker() {
	defer func() { <-rt.working }()
	rt.close()
}

// close is called by the worker of root when rt is stopping, and the others don't work. It drops all tasks, and then what
// they have left in channels.
func (rt *Runtime) close() {
	if rt.ended {
		return
	}
	rt.ended = true
	rt.closeInboxes()
	defer rt.closeQueues() // deferred, as what follows, because a drop may end the goroutine
	defer func() {
		for c := range rt.filled {
			c.discard()
		}
	}()
	for _, w := range slices.Backward(rt.all) {
		defer w.abandonAll(rt.why())
	}
}

// closeInboxes is called when no worker polls. What others bring from then on they drop: see TestOrdersOfStopping.
func (rt *Runtime) closeInboxes() {
	if rt.closed {
		return
	}
	for _, w := range rt.all {
		w.closed = true
		w.run.append(w.inbox.Swap(&closedInbox))
		for t := w.run.pop(); t != nil; t = w.run.pop() {
			if t.after == nil {
				w.link(t)
			}
		}
	}
}

func (rt *Runtime) closeQueues() {
	for _, w := range rt.all {
		w.publish()
		w.alarm.Close()
		w.queue.Close()
	}
}

// why is the error of what ends because rt does.
func (rt *Runtime) why() error {
	for _, w := range rt.all {
		if w.broken != nil {
			return w.broken
		}
	}
	return ErrShutdown
}

// abandonAll drops all tasks of one worker.
func (rt *Runtime) abandonAll(err error) {
	defer func() {
		if rt.live.after != &rt.live { // a drop has ended the goroutine: the others are dropped all the same
			rt.abandonAll(err)
		}
	}()
	for rt.live.after != &rt.live {
		rt.abandon(rt.live.after, err)
	}
}

func (rt *Runtime) logf(format string, a ...any) {
	if rt.log != nil {
		rt.root.logging.Lock()
		defer rt.root.logging.Unlock()
		fmt.Fprintf(rt.log, "%s: %s\n", rt.name, fmt.Sprintf(format, a...))
	}
}
