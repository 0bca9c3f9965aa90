//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"unsafe"
)

// The garbage collector finds what is alive by looking at globals and at the
// stack of every goroutine. The stack of a parked fiber is no goroutine's: what
// only it refers to would be freed. So the collector is off while a
// Runtime exists, and collect runs it when that is safe: it lends each parked
// stack to a goroutine that switches to it and blocks there. Then every stack is
// a goroutine's, and the collector reads them as it reads all, with the
// compiler's maps of what is a pointer where. Afterwards the stacks are given back.
//
// (Copying the stacks to where the collector looks doesn't do. Without the maps
// a stale word counts as a pointer, and Go ends a process in which it finds
// one to memory that is free.)
//
// Someone else can still call runtime.GC. That is noticed right after each switch
// to a fiber, before it touches anything: see check. Once a fiber runs its stack
// is the goroutine's, and a collection that starts then does see it.

// collectAfter is how many bytes are allocated between two collections.
var collectAfter uint64 = 64 << 20

// turnsPerLook is how many turns are taken at most between two looks at that.
// They are fewer the more the turns allocate.
const turnsPerLook = 1024

type collector struct {
	percent int   // the settings before New
	limit   int64 // bytes

	probe sync.Pool
	wants bool // Collect was called

	allocated [1]metrics.Sample
	last      uint64 // allocated when the last collection ended
	looked    uint64 // allocated at the last look
	nextLook  int    // the turn after which to look again
	lookedAt  int    // the turn of the last look

	gate     chan struct{} // closed when lent stacks are to be given back
	parked   sync.WaitGroup
	returned sync.WaitGroup
}

func (c *collector) open() error {
	c.percent = debug.SetGCPercent(-1)
	c.limit = debug.SetMemoryLimit(math.MaxInt64)
	runtime.GC() // until the end of one that is going on, or is about to begin
	c.watch()
	before := c.collected()
	runtime.GC()
	if before || !c.collected() {
		c.close()
		return fmt.Errorf("%s empties a sync.Pool in a way that is not known here", runtime.Version())
	}
	c.allocated[0].Name = "/gc/heap/allocs:bytes"
	c.last = c.allocations()
	return nil
}

func (c *collector) close() {
	debug.SetMemoryLimit(c.limit)
	debug.SetGCPercent(c.percent)
}

func (c *collector) allocations() uint64 {
	metrics.Read(c.allocated[:])
	return c.allocated[0].Value.Uint64()
}

// watch has collected report collections from now on.
func (c *collector) watch() {
	for c.probe.Get(); marking(); c.probe.Get() {
		runtime.GC() // one that had begun before wouldn't be noticed: wait for its end
	}
}

// collected reports whether a collection has begun since watch. When one
// begins, with the world stopped, Go empties every sync.Pool by taking away the
// array that is its first word (poolCleanup in sync/pool.go). So this is a
// single load. A weak pointer would say it too, for 7 ns more at each switch.
func (c *collector) collected() bool {
	return *(*unsafe.Pointer)(unsafe.Pointer(&c.probe)) == nil
}

// check ends the process if there was a collection since watch.
func (c *collector) check() {
	if c.collected() {
		refuse()
	}
}

// refuse ends the process, without running anything of the program's any more,
// and with little stack.
func refuse() {
	print("fiber: fatal: the garbage collector ran while fibers were parked, so their memory may be gone.\n" +
		"fiber: don't call runtime.GC, or switch the collector on, between fiber.New and Close: fiber.Collect collects safely.\n")
	os.Exit(2)
}

// Collect collects garbage. Run never needs it: it collects by itself when
// enough has been allocated. In a fiber it is a Yield too. It panics on any
// goroutine but the runtime's.
func Collect() {
	rt, err := here()
	switch {
	case err != nil:
		panic(err.Error() + ": Collect")
	case rt.current == nil: // then no fiber has begun
		runtime.GC()
	default:
		rt.wants, rt.nextLook = true, 0
		Yield()
	}
}

// look collects if it is time. It is called by Run between two turns, and when
// Run has slept.
func (rt *Runtime) look() {
	if rt.wants || rt.allocations()-rt.last > collectAfter {
		rt.collect()
	}
	now := rt.allocations()
	perTurn := (now-min(now, rt.looked))/uint64(rt.turns-rt.lookedAt+1) + 1
	rt.looked, rt.lookedAt = now, rt.turns
	rt.nextLook = rt.turns + int(min(collectAfter/4/perTurn+1, turnsPerLook))
}

// collect must be called by Run: no fiber is running.
func (rt *Runtime) collect() {
	rt.wants = false
	rt.gate = make(chan struct{})
	for _, f := range rt.fibers {
		if f.started && f.state != Available {
			rt.parked.Add(1)
			rt.returned.Add(1)
			go rt.lend(f)
		}
	}
	rt.parked.Wait()
	rt.check() // from here on every stack is a goroutine's
	runtime.GC()
	rt.watch()
	close(rt.gate)
	rt.returned.Wait()
	rt.last = rt.allocations()
}

// lend switches to f's stack on a goroutine of its own. The goroutine's own
// stack is hidden meanwhile; what it refers to is known elsewhere too.
func (rt *Runtime) lend(f *fiber) {
	own := new(Context)
	f.back = own
	// Now Go may look at the stack as at any other: it must see its true size,
	// which goes into the size of new goroutines' stacks and of the heap. Only the
	// part in use, so that it doesn't find the stack too large. Nor too
	// small: lentRoom was kept free for what lent calls.
	c := &f.context
	lo, hi := c.Lo, c.Hi
	c.Lo = max(uintptr(f.stack), c.SP-guardDistance-lentRoom)
	c.Hi = uintptr(f.stack) + uintptr(rt.arena.stackSize)
	switchTo(own, c)
	c.Lo, c.Hi = lo, hi
	f.back = &rt.base
	rt.returned.Done()
}

// lent runs on the stack of a fiber that goes on only to be looked at.
func (rt *Runtime) lent() {
	rt.parked.Done()
	<-rt.gate
}
