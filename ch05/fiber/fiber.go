//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"

	"ch05/poll"
)

// A state is the state of a fiber. All but Waiting are the book's.
type state uint8

const (
	Available state = iota // finished, or never used, so its stack is free
	Running
	Ready   // to run in its turn
	Waiting // for a source or a time
)

// A fiber is a thread of control with a stack of its own, the book's Thread.
type fiber struct {
	context Context
	back    *Context // where park and guard switch to; during a collection that isn't Runtime.base
	stack   unsafe.Pointer
	state   state
	started bool // has begun, and so has frames on its stack
	id      int
	run     func()

	due   time.Time  // when it wakes, if it is in Runtime.sleeping
	token poll.Token // of its last Wait
}

// A Runtime runs fibers on the goroutine that made it. A process has one at a
// time, because it changes settings of the whole process.
type Runtime struct {
	arena arena
	base  Context        // Run's, while a fiber runs
	owner unsafe.Pointer // g of the goroutine that called New

	fibers    []*fiber // all, in any state
	unused    []*fiber // the Available ones
	ready     []*fiber // the Ready ones, in the order of their turns
	current   *fiber
	prepared  *fiber // by Prepare, becomes current when it starts
	alive     int
	spawned   int
	inRun     bool
	turns     int // number of turns so far
	nextPoll  int // the turn after which to ask the event queue
	failures  []error
	broken    error // of the event queue, which ended Run with fibers alive
	waitLimit time.Duration

	poll     *poll.Poll
	events   []poll.Event
	waiting  map[poll.Token]*fiber
	sleeping []*fiber // the first to wake comes first
	tokens   poll.Token

	collector // in collect.go
}

// one is the runtime of this process, or nil.
var one atomic.Pointer[Runtime]

// New returns the runtime of this process. Until Close, Go no longer decides when
// to collect garbage (see collect.go). New fails while there is another runtime,
// on a system without fibers, and with a version of Go whose record of a goroutine
// has another layout.
func New(o Options) (*Runtime, error) {
	rt := &Runtime{
		owner: getg(), events: make([]poll.Event, 128), waiting: make(map[poll.Token]*fiber), waitLimit: o.WaitLimit,
	}
	if !one.CompareAndSwap(nil, rt) {
		return nil, errors.New("fiber: there is a runtime already: a process has one at a time")
	}
	if err := rt.open(o); err != nil {
		one.Store(nil)
		return nil, fmt.Errorf("fiber: %w", err)
	}
	return rt, nil
}

func (rt *Runtime) open(o Options) (err error) {
	if err = checkLayout(); err != nil {
		return err
	}
	if err = rt.collector.open(); err != nil {
		return err
	}
	if rt.poll, err = poll.New(); err == nil {
		if err = rt.arena.open(o); err == nil {
			return nil
		}
		rt.poll.Close()
	}
	rt.collector.close()
	return err
}

// Close frees the stacks and restores the collector's settings. Deferred calls of
// unfinished fibers don't run. The second call does nothing.
func (rt *Runtime) Close() error {
	if one.Load() != rt {
		return nil
	}
	if err := rt.mayCall(); err != nil && err != rt.broken {
		return err
	}
	// No pointer may be left to memory that is about to be freed.
	rt.fibers, rt.unused, rt.ready, rt.waiting, rt.sleeping, rt.current = nil, nil, nil, nil, nil, nil
	base := rt.arena.base
	rt.arena.base = nil
	err := errors.Join(rt.poll.Close(), release(base, rt.arena.size))
	rt.collector.close()
	one.Store(nil)
	return err
}

// mayCall returns an error unless the caller is on the runtime's goroutine and
// outside of Run.
func (rt *Runtime) mayCall() error {
	if err := rt.isHere(); err != nil || !rt.inRun {
		return err
	}
	return errors.New("fiber: not while Run runs")
}

// isHere returns an error unless the caller is on the runtime's goroutine.
func (rt *Runtime) isHere() error {
	switch {
	case rt == nil || rt != one.Load():
		return errors.New("fiber: there is no runtime, or it is closed")
	case getg() != rt.owner:
		return errors.New("fiber: the runtime belongs to another goroutine")
	}
	return rt.broken
}

// Spawn makes a fiber that runs f. Its turns come after those of the fibers that
// were spawned earlier. Spawn may be called before Run, and in a fiber.
func Spawn(f func()) error {
	rt := one.Load()
	if err := rt.isHere(); err != nil {
		return err
	}
	if f == nil {
		return errors.New("fiber: Spawn of nil")
	}
	fb, err := rt.begin(f, &rt.base)
	if err != nil {
		return err
	}
	rt.spawned++
	fb.id = rt.spawned
	rt.alive++
	rt.makeReady(fb)
	return nil
}

// begin returns a fiber that is about to start f, on a stack that was used before if
// there is one.
func (rt *Runtime) begin(f func(), back *Context) (*fiber, error) {
	if len(rt.unused) == 0 {
		stack, err := rt.arena.stack()
		if err != nil {
			return nil, err
		}
		rt.unused = append(rt.unused, &fiber{stack: stack})
		rt.fibers = append(rt.fibers, rt.unused...)
	}
	last := len(rt.unused) - 1
	fb := rt.unused[last]
	rt.unused = rt.unused[:last]
	fb.run, fb.back, fb.started = f, back, false
	rt.arena.prepare(fb)
	return fb, nil
}

func (rt *Runtime) makeReady(f *fiber) {
	f.state = Ready
	rt.ready = append(rt.ready, f)
}

// Run runs the fibers in turns until all have finished. While no fiber is ready, it
// sleeps in the event queue. A fiber that fails doesn't stop the others. Run
// returns the failures joined, a [*PanicError] for each fiber that panicked and an
// [ErrGoexit] for each that called runtime.Goexit. An error of the event queue
// ends Run with fibers alive, and then nothing works but Close.
func (rt *Runtime) Run() error {
	if err := rt.mayCall(); err != nil {
		return err
	}
	rt.inRun, rt.prepared = true, nil
	rt.watch()
	var err error
	for rt.alive > 0 && err == nil {
		rt.round()
		err = rt.wake()
	}
	rt.broken, rt.current, rt.inRun = err, nil, false
	err = errors.Join(append(rt.failures, err)...)
	rt.failures = nil
	return err
}

// round gives each ready fiber a turn. Fibers that are spawned meanwhile have their
// first turn in the same round, but at most 1,000 of them.
func (rt *Runtime) round() {
	i, kept := 0, 0
	for most := len(rt.ready) + 1000; i < len(rt.ready) && i < most; i++ {
		f := rt.ready[i]
		f.state = Running
		rt.current = f
		switchTo(&rt.base, &f.context)
		rt.check() // while f ran, the frames of Run and its callers were as hidden as a parked fiber's
		if f.state == Ready {
			rt.ready[kept] = f
			kept++
		}
		if rt.turns++; rt.turns >= rt.nextLook {
			rt.look()
		}
	}
	kept += copy(rt.ready[kept:], rt.ready[i:])
	clear(rt.ready[kept:])
	rt.ready = rt.ready[:kept]
}

// park suspends the running fiber in state s, and resumes Run. It returns when Run
// resumes the fiber. In between, the fiber's stack may be lent to a goroutine (see
// collect.go).
//
// The compiler inlines Yield, so park is the only function between switchTo and
// Yield's caller. That is on purpose. The CPU predicts from earlier calls where
// a RET goes, and after a switch each RET is predicted wrongly, for about 7 ns.
func park(s state) {
	rt := one.Load()
	if rt == nil || getg() != rt.owner || rt.current == nil {
		panic("fiber: Yield or Sleep outside a fiber")
	}
	f := rt.current
	f.state = s
	switchTo(&f.context, f.back)
	for f.back != &rt.base { // lend, in collect.go, has changed it
		rt.parked.Done()
		<-rt.gate
		switchTo(&f.context, f.back)
	}
	rt.check()
}

// Yield gives every other ready fiber a turn. It panics outside a fiber.
func Yield() { park(Ready) }

// inFiber returns the runtime if the caller is one of its fibers, else nil.
func inFiber() *Runtime {
	if rt := one.Load(); rt.isHere() == nil && rt.current != nil {
		return rt
	}
	return nil
}

// ID returns the number of the running fiber, counted from 1 in spawn order, or
// 0 outside a fiber.
func ID() int {
	if rt := inFiber(); rt != nil {
		return rt.current.id
	}
	return 0
}
