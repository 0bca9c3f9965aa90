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

// Goroutines with large stacks make Go start others with a large stack, too. The
// check of the layout has to accept such a stack.
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

func TestPrepare(t *testing.T) {
	rt := open(t, Options{StackSize: minStackSize + 1})
	c, stack, err := rt.Prepare(func() { t.Error("ran") }, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rt.arena.stackSize%pageSize != 0 || rt.arena.stackSize <= minStackSize {
		t.Errorf("a stack of %d bytes, in pages of %d", rt.arena.stackSize, pageSize)
	}
	lo := uintptr(unsafe.Add(rt.arena.base, pageSize))
	top := lo + uintptr(rt.arena.stackSize)
	if uintptr(unsafe.Pointer(&stack[0])) != lo || len(stack)*8 != rt.arena.stackSize || c.Lo != lo+lentRoom || c.Hi < top+tail {
		t.Errorf("%d words at %p, the stack [%#x, %#x); %#x", len(stack), &stack[0], lo, top, *c)
	}
	if c.SP%16 != 0 || c.SP != top-room || c.LR != skipPC() || c.BP|c.Panics|c.Defers != 0 {
		t.Errorf("%#x", *c)
	}
	for i, word := range stack {
		want := uintptr(0)
		if runtime.GOARCH == "amd64" && i == len(stack)-room/8 {
			want = skipPC()
		}
		if word != want {
			t.Errorf("word %d of %d is %#x, want %#x", i, len(stack), word, want)
		}
	}
	if above := map[string]uintptr{"amd64": 8, "arm64": 0}[runtime.GOARCH]; c.Top != c.SP+above {
		t.Errorf("top %#x, sp %#x", c.Top, c.SP)
	}
	run(t, rt, Yield)
}

// A switch to a function on a stack of its own, and back. Everything works afterwards.
func TestSwitch(t *testing.T) {
	rt := open(t, Options{})
	var log []string
	for range 3 {
		var here Context
		var there *Context
		there, _, err := rt.Prepare(func() {
			log = append(log, "in")
			Switch(there, &here)
			log = append(log, "in again")
		}, &here)
		if err != nil {
			t.Fatal(err)
		}
		wantPanic(t, "Yield when it is prepared", Yield, "outside a fiber")
		log = append(log, "out")
		Switch(&here, there)
		log = append(log, "out again")
		Switch(&here, there)
		run(t, rt, build(t, 1, 10, Collect), build(t, 2, 10, Yield))
	}
	if got, once := strings.Join(log, " "), "out in out again in again"; got != once+" "+once+" "+once {
		t.Error(got)
	}
	if rt.arena.used > 2 {
		t.Errorf("%d stacks for two fibers: one that was prepared and ran keeps its own", rt.arena.used)
	}
}

// A fiber uses nearly all of its stack, and the next fiber on that stack uses nothing of it.
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

	// Each guard page is touched, and the fault becomes a panic.
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

// The smallest stack is large enough for this.
func TestSmallestStack(t *testing.T) {
	rt := open(t, Options{StackSize: minStackSize})
	run(t, rt, func() {
		fmt.Fprintln(io.Discard, "fits:", 1.5, []string{"yes"})
	}, build(t, 1, 20, Collect), func() {
		defer func() { recover() }()
		misbehave("nil")
	})
}
