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

// The garbage collector finds the memory in use by looking at globals and at the
// stack of every goroutine. The stack of a parked fiber belongs to no goroutine, so
// the collector would free memory that only this stack refers to. Therefore the
// collector is off while a Runtime exists, and collect runs it when that is safe.
// First collect lends each parked stack to a goroutine, which switches to it and
// blocks there. Now every stack is a goroutine's, and the collector reads each with
// the compiler's maps of where the pointers are. Then the goroutines give the
// stacks back.
//
// To copy the stacks to where the collector looks would not do. Without the maps
// a stale word counts as a pointer, and Go ends a process in which it finds a
// pointer to free memory.
//
// Other code can still call runtime.GC. A check right after each switch notices
// that, before the fiber touches anything. While a fiber runs, its stack is the
// goroutine's, and a collection that starts then sees it.

// collectAfter is the number of bytes allocated between two collections.
var collectAfter uint64 = 64 << 20

// turnsPerLook is the largest number of turns between two looks at the bytes
// allocated. The more the turns allocate, the earlier is the next look.
const turnsPerLook = 1024

type collector struct {
	percent int   // the settings before New
	limit   int64 // bytes

	probe sync.Pool
	wants bool // Collect was called

	allocated [1]metrics.Sample
	last      uint64 // bytes allocated when the last collection ended
	looked    uint64 // bytes allocated at the last look
	nextLook  int    // the turn after which to look again
	lookedAt  int    // the turn of the last look

	gate     chan struct{} // closed when lent stacks are to be given back
	parked   sync.WaitGroup
	returned sync.WaitGroup
}

func (c *collector) open() error {
	c.percent = debug.SetGCPercent(-1)
	c.limit = debug.SetMemoryLimit(math.MaxInt64)
	runtime.GC() // returns after one that was running or about to begin
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

// watch makes collected report the collections from now on.
func (c *collector) watch() {
	for c.probe.Get(); marking(); c.probe.Get() {
		runtime.GC() // returns after one that began earlier, which collected wouldn't report
	}
}

// collected reports whether a collection has begun since watch. When one begins,
// with the world stopped, Go empties every sync.Pool. It takes away the array to
// which the pool's first word points (poolCleanup in sync/pool.go). So one load is
// enough. A weak pointer would do too, for 7 ns more at each switch.
func (c *collector) collected() bool {
	return *(*unsafe.Pointer)(unsafe.Pointer(&c.probe)) == nil
}

// check ends the process if there was a collection since watch.
func (c *collector) check() {
	if c.collected() {
		refuse()
	}
}

// refuse ends the process. It runs none of the program's code, and needs little
// stack.
func refuse() {
	print("fiber: fatal: the garbage collector ran while fibers were parked, so their memory may be gone.\n" +
		"fiber: don't call runtime.GC, or switch the collector on, between fiber.New and Close: fiber.Collect collects safely.\n")
	os.Exit(2)
}

// Collect collects garbage. No program needs it, because Run collects when enough
// has been allocated. In a fiber, Collect is a Yield too. It panics on any
// goroutine but the runtime's.
func Collect() {
	rt := one.Load()
	switch err := rt.isHere(); {
	case err != nil:
		panic(err.Error() + ": Collect")
	case rt.current == nil: // then no fiber has begun
		runtime.GC()
	default:
		rt.wants, rt.nextLook = true, 0
		Yield()
	}
}

// look collects if it is time. Run calls it between two turns, and after a sleep.
func (rt *Runtime) look() {
	if rt.wants || rt.allocations()-rt.last > collectAfter {
		rt.collect()
	}
	now := rt.allocations()
	perTurn := (now-min(now, rt.looked))/uint64(rt.turns-rt.lookedAt+1) + 1
	rt.looked, rt.lookedAt = now, rt.turns
	rt.nextLook = rt.turns + int(min(collectAfter/4/perTurn+1, turnsPerLook))
}

// collect collects garbage. Run calls it while no fiber is running.
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

// lend runs on a goroutine of its own, and switches to f's stack. Meanwhile the
// collector can't see the goroutine's own stack, but everything that this stack
// refers to is referred to from elsewhere, too.
func (rt *Runtime) lend(f *fiber) {
	own := new(Context)
	f.back = own
	// Now Go looks at the stack as at any other. It must see the true bounds,
	// because the size of new goroutines' stacks and of the heap depends on them.
	// They enclose only the part in use, so that Go doesn't shrink the stack, and
	// lentRoom below it for the functions that park calls, so that Go doesn't grow it.
	c := &f.context
	lo, hi := c.Lo, c.Hi
	c.Lo = max(uintptr(f.stack), c.SP-guardDistance-lentRoom)
	c.Hi = uintptr(f.stack) + uintptr(rt.arena.stackSize)
	switchTo(own, c)
	c.Lo, c.Hi = lo, hi
	f.back = &rt.base
	rt.returned.Done()
}
