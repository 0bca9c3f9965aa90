//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"ch05/kit/leaktest"
)

type node struct {
	next *node
	v    int
	pad  [64]byte
}

// build makes a map and a list that only its own stack refers to. It adds a bit in each
// turn, which yield ends, and checks everything. The text goes through fmt and back.
func build(t testing.TB, id, steps int, yield func()) func() {
	return func() {
		m := make(map[int]*node)
		var head *node
		for i := range steps {
			head = &node{next: head, v: i}
			m[i] = head
			text := fmt.Sprintf("fiber %d step %d", id, i)
			yield()
			var a, b int
			if _, err := fmt.Sscanf(text, "fiber %d step %d", &a, &b); err != nil || a != id || b != i {
				t.Errorf("fiber %d step %d: %q, %v", id, i, text, err)
				return
			}
			k := i
			for n := head; n != nil; n = n.next {
				if n.v != k || m[k] != n {
					t.Errorf("fiber %d step %d: node %d is %d", id, i, k, n.v)
					return
				}
				k--
			}
			if k != -1 || len(m) != i+1 {
				t.Errorf("fiber %d step %d: %d nodes and %d in the map", id, i, i-k, len(m))
				return
			}
		}
	}
}

// collections returns how many there have been in this process.
func collections() int {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.NumGC)
}

func TestCollectStress(t *testing.T) {
	leaktest.Check(t)
	rt := open(t, Options{})
	n, steps, last := fewer(500, 60), 200, 0
	before := collections()
	for i := range n {
		spawn(t, build(t, i, steps, func() {
			if rt.turns-last < 300 {
				Yield()
				return
			}
			last = rt.turns
			Collect()
		}))
	}
	run(t, rt)
	if got, want := collections()-before, n*steps/300-1; got < want {
		t.Errorf("%d collections, want at least %d", got, want)
	}
}

// A collection after every turn is more than one in a round.
func TestCollectAtEveryTurn(t *testing.T) {
	rt := open(t, Options{})
	n, steps := fewer(30, 10), fewer(30, 20)
	before := collections()
	for i := range n {
		check := build(t, i, steps, Yield)
		spawn(t, func() {
			check()
			Collect()
		}, func() {
			for range steps {
				Collect()
			}
		})
	}
	run(t, rt)
	if got := collections() - before; got < n*steps {
		t.Errorf("%d collections, want at least %d", got, n*steps)
	}
}

// leave has pointers in many frames that are dead when it returns.
//
//go:noinline
func leave(depth int) *node {
	if depth == 0 {
		return nil
	}
	a, b := &node{v: depth}, &node{v: -depth}
	a.next, b.next = b, leave(depth-1)
	if n := len(fmt.Sprint(a.v, b.v)); n > 100 {
		return b
	}
	return a
}

//go:noinline
func touch(p *[4096]byte, i int) { p[i&4095]++ }

// wide has frames of over 4 KiB. Unless fill is set it doesn't write to them, so they
// hold the words that leave has left on the stack.
//
//go:noinline
func wide(depth int, fill bool) {
	if fill {
		var b [4096]byte
		touch(&b, depth)
	}
	if depth > 0 {
		wide(depth-1, fill)
		return
	}
	Yield()
}

// Stale words on a stack are no pointers. A collector that took them for such
// would end the process ("found bad pointer", "pointer to unused region").
func TestZombies(t *testing.T) {
	rt := open(t, Options{})
	n, stop := fewer(2000, 200), false
	for range 3 {
		spawn(t, func() {
			for !stop {
				leave(60)
				Yield() // frees the memory that leave made
				wide(8, false)
			}
		})
	}
	before := collections()
	run(t, rt, func() {
		for range n {
			Collect()
		}
		stop = true
	})
	if got := collections() - before; got < n {
		t.Errorf("%d collections, want %d", got, n)
	}
}

var sink any // makes the compiler put a value on the heap

func TestCollectsByItself(t *testing.T) {
	defer func(n uint64) { collectAfter = n }(collectAfter)
	collectAfter = 1 << 20
	rt := open(t, Options{})
	const fibers, turns, size = 16, 1000, 4 << 10 // 64 MiB in all
	before := collections()
	for range fibers {
		spawn(t, func() {
			for range turns {
				garbage := new([size]byte)
				sink = garbage
				Yield()
				garbage[0]++
			}
		})
	}
	run(t, rt)
	want := fibers * turns * size / int(collectAfter)
	if got := int(collections() - before); got < want/2 || got > want+1 {
		t.Errorf("%d collections, want about %d", got, want)
	}

	collectAfter = 1 << 30
	before = collections()
	run(t, rt, build(t, 0, 200, Yield), func() {
		for range 10 * turnsPerLook {
			Yield()
		}
	})
	if got := collections() - before; got != 0 {
		t.Errorf("%d collections, though hardly anything was allocated", got)
	}
}

func TestCollectWhileOthersWait(t *testing.T) {
	leaktest.Check(t)
	rt := open(t, Options{})
	const n = 20
	left := 2 * n
	for i := range n {
		s, c := pair(t)
		spawn(t, func() {
			list := leave(10)
			text, err := readAll(s)
			if err != nil || text != fmt.Sprint("text ", i) || list.v != 10 || list.next.v != -10 {
				t.Errorf("%d: %q, %v, list %d", i, text, err, list.v)
			}
			left--
		}, func() {
			list := leave(10)
			for k := range 3 {
				Sleep(time.Duration(i*k) * 100 * time.Microsecond)
			}
			fmt.Fprint(c, "text ", i)
			c.Close()
			if list.v != 10 || list.next.v != -10 {
				t.Errorf("%d: list %d", i, list.v)
			}
			left--
		})
	}
	before, rounds := collections(), 0
	run(t, rt, func() {
		for ; left > 0; rounds++ {
			Collect()
			if rounds%2 == 0 {
				Sleep(100 * time.Microsecond) // then Run may sleep in Poll
			}
		}
	})
	if got := collections() - before; got < rounds {
		t.Errorf("%d collections, want %d", got, rounds)
	}
}

// Collect outside of Run is allowed, because no fiber has begun.
func TestCollectOutside(t *testing.T) {
	rt := open(t, Options{})
	for i := range 3 {
		Collect()
		spawn(t, build(t, i, 5, Yield))
		Collect()
		runtime.GC() // harmless too
		run(t, rt)
		runtime.GC()
	}
	rt.Close()
	runtime.GC()
	debug.FreeOSMemory()
}

func init() {
	children["environment"] = func() {
		rt, err := New(Options{})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		t := new(testing.T)
		for i := range 100 {
			Spawn(build(t, i, 100, Yield))
		}
		before := collections()
		Spawn(func() {
			for range 20 {
				Collect()
			}
		})
		err = rt.Run()
		got := collections() - before
		rt.Close()
		fmt.Println(err, t.Failed(), got, debug.SetGCPercent(-1), debug.SetMemoryLimit(-1))
	}
}

func TestEnvironment(t *testing.T) {
	out, status := child(t, "environment", "GOGC=1", "GOMEMLIMIT=4MiB")
	if want := fmt.Sprintln(nil, false, 20, 1, 4<<20); status != 0 || out != want {
		t.Errorf("status %d, %q, want %q", status, out, want)
	}
}
