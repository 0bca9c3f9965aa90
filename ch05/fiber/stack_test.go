//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"unsafe"
)

func TestLayoutIsChecked(t *testing.T) {
	defer func() { layoutShift = 0 }()
	before := stktopsp
	for _, shift := range []uintptr{8, 16, 24, 32, 40, 64, 128} {
		layoutShift = shift
		rt, err := New(Options{})
		if rt != nil {
			rt.Close()
		}
		for _, words := range []string{"fiber: ", runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, "runtime.g"} {
			wantError(t, fmt.Sprint("shifted by ", shift), err, words)
		}
	}
	layoutShift = 0
	rt := open(t, Options{})
	if stktopsp == 0 || before != 0 && stktopsp != before {
		t.Errorf("stktopsp at %d, then at %d", before, stktopsp)
	}
	run(t, rt, Yield, Collect)
	t.Logf("stackguard0 is stack.lo + %d, stktopsp at %d", guardDistance, stktopsp)
}

//go:noinline
func down(n int, bottom func()) int {
	var b [200]byte
	b[n%200] = 1
	if n == 0 {
		bottom()
		return int(b[0])
	}
	return down(n-1, bottom) + int(b[n%200])
}

// Goroutines with large stacks make Go start others with a large one too: the
// check of the layout has to cope.
func TestLayoutWithLargeStacks(t *testing.T) {
	for _, depth := range []int{500, 5000, 50_000} {
		var ready, done sync.WaitGroup
		gate := make(chan bool)
		for range 10 {
			ready.Add(1)
			done.Go(func() {
				down(depth, func() { ready.Done(); <-gate })
			})
		}
		ready.Wait()
		runtime.GC()
		run(t, open(t, Options{}), Yield)
		if err := one.Load().Close(); err != nil {
			t.Error(err)
		}
		close(gate)
		done.Wait()
	}
}

func TestPrepared(t *testing.T) {
	rt := open(t, Options{StackSize: minStackSize + 1})
	stack, registers, err := rt.Prepared(func() { t.Error("ran") })
	if err != nil {
		t.Fatal(err)
	}
	if rt.arena.stackSize%pageSize != 0 || rt.arena.stackSize <= minStackSize {
		t.Errorf("a stack of %d bytes, in pages of %d", rt.arena.stackSize, pageSize)
	}
	first := 0
	for i, w := range stack {
		if i > 0 && w.Addr != stack[i-1].Addr-8 {
			t.Errorf("word %d is at %#x, after %#x", i, w.Addr, stack[i-1].Addr)
		}
		if w.Name == "" {
			t.Errorf("word %d has no name", i)
		}
		if w.Value == skipPC() && strings.Contains(w.Name, "fiber.skip") {
			first++
		}
	}
	values := make(map[string]uintptr)
	for _, w := range registers {
		name, _, _ := strings.Cut(w.Name, ":")
		values[name] = w.Value
	}
	lo := uintptr(unsafe.Add(rt.arena.base, pageSize))
	top := lo + uintptr(rt.arena.stackSize)
	if stack[0].Addr != top-8 || values["lo"] != lo+lentRoom || values["hi"] < top+tail {
		t.Errorf("the first word is at %#x, the stack [%#x, %#x) and hi %#x", stack[0].Addr, lo, top, values["hi"])
	}
	if sp := values["sp"]; sp%16 != 0 || sp < lo || sp >= top || values["bp"]+values["panics"]+values["defers"] != 0 {
		t.Errorf("%#x", values)
	}
	switch { // where it goes on
	case runtime.GOARCH == "amd64" && (first != 1 || values["top"] != values["sp"]+8),
		runtime.GOARCH == "arm64" && (values["lr"] != skipPC() || values["top"] != values["sp"]):
		t.Errorf("%d words are skip, %#x", first, values)
	}
	run(t, rt, Yield) // its stack is free again
	if rt.arena.used != 1 {
		t.Errorf("%d stacks in use, want 1", rt.arena.used)
	}
}

func TestSwitches(t *testing.T) {
	rt := open(t, Options{})
	for range 2 {
		if took, err := rt.Switches(1000); took < 0 || err != nil { // a clock may be too coarse to see any
			t.Errorf("%v, %v", took, err)
		}
		run(t, rt, build(t, 1, 10, Collect), build(t, 2, 10, Yield))
	}
	if rt.arena.used > 2 {
		t.Errorf("%d stacks for two fibers: Switches keeps one", rt.arena.used)
	}
}

// A fiber uses nearly all of its stack, and the next nothing of it.
func TestDeepStacks(t *testing.T) {
	rt := open(t, Options{StackSize: 1 << 20})
	bottoms := 0
	for range 5 {
		spawn(t, func() {
			down(3000, func() {
				Yield()
				Collect()
				bottoms++
			})
		})
	}
	run(t, rt)
	if bottoms != 5 {
		t.Errorf("%d fibers came to the bottom, want 5", bottoms)
	}
}

func init() {
	children["overflow"] = func() {
		rt, _ := New(Options{MaxFibers: 2}) // the arena is little more than the tail
		done := make(chan int)
		go func() { done <- down(100_000, func() {}) }() // 20 MB
		fmt.Println("a goroutine has been down", <-done)
		Spawn(func() {
			Yield()
			go func() { done <- down(100_000, func() {}) }()
			fmt.Println("again", <-done)
			down(100_000, func() {})
			fmt.Println("the fiber has been down too")
		})
		Spawn(Yield)
		fmt.Println(rt.Run())
	}
	children["guard page"] = func() {
		rt, _ := New(Options{MaxFibers: 2})
		Spawn(Yield)
		Spawn(func() {
			lowest := rt.current.stack
			*(*byte)(lowest) = 1
			fmt.Println("the lowest byte is ours")
			*(*byte)(unsafe.Add(lowest, -1)) = 1
			fmt.Println("the one below as well")
		})
		fmt.Println(rt.Run())
	}
}

func TestOverflow(t *testing.T) {
	out, status := child(t, "overflow")
	if status != 2 || !strings.HasPrefix(out, "a goroutine has been down 100001\nagain 100001\n") {
		t.Errorf("status %d", status)
	}
	for _, words := range []string{"stack overflow", "fiber.down(", "fiber.skip"} {
		if !strings.Contains(out, words) {
			t.Errorf("nothing of %q", words)
		}
	}
	for _, words := range []string{"too", "unexpected", "main.main"} {
		if strings.Contains(out, words) {
			t.Errorf("it says %q", words)
		}
	}
	if t.Failed() {
		t.Logf("%.5000s", out)
	}
}

func TestGuardPage(t *testing.T) {
	out, status := child(t, "guard page")
	if status != 2 || !strings.HasPrefix(out, "the lowest byte is ours\nunexpected fault address") {
		t.Errorf("status %d:\n%.2000s", status, out)
	}

	// The same as a panic, for all guard pages.
	rt := open(t, Options{MaxFibers: 10})
	fault := func(p unsafe.Pointer) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		defer func() {
			t.Helper()
			err, _ := recover().(interface{ Addr() uintptr })
			if err == nil || err.Addr() != uintptr(p) {
				t.Errorf("a write to %#x: %v", p, err)
			}
		}()
		*(*byte)(p) = 1
	}
	for range 10 {
		spawn(t, func() {
			fault(unsafe.Add(rt.current.stack, -1))
			fault(unsafe.Add(rt.current.stack, -pageSize))
			*(*byte)(rt.current.stack) = 1
		})
	}
	run(t, rt)
}

// What the smallest stack is good for.
func TestSmallestStack(t *testing.T) {
	rt := open(t, Options{StackSize: minStackSize})
	run(t, rt, func() {
		fmt.Fprintln(io.Discard, "fits:", 1.5, []string{"yes"})
	}, build(t, 1, 20, Collect), func() {
		defer func() { recover() }()
		misbehave("nil")
	})
}
