//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"bytes"
	"fmt"
	"iter"
	"os"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ch05/kit/leaktest"
)

// A fiber that never yields doesn't keep other goroutines from running, because
// Go preempts it like any goroutine.
func TestTightLoop(t *testing.T) {
	for _, procs := range []int{1, runtime.GOMAXPROCS(0)} {
		t.Run(fmt.Sprint("GOMAXPROCS=", procs), func(t *testing.T) {
			leaktest.Check(t)
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			rt := open(t, Options{})
			var others atomic.Int64
			stop, stopped := make(chan bool), make(chan bool)
			go func() {
				defer close(stopped)
				for {
					select {
					case <-stop:
						return
					default:
						others.Add(1)
						time.Sleep(time.Microsecond)
					}
				}
			}()
			over := time.Now().Add(50 * time.Millisecond)
			spin := func() {
				for range 3 {
					for until := others.Load() + 3; others.Load() < until; { // no call in here
					}
					Yield()
				}
				for time.Now().Before(over) {
					spinInFiber(100_000)
				}
			}
			run(t, rt, spin, spin, build(t, 1, 20, Collect))
			close(stop)
			<-stopped
		})
	}
}

// A fiber may block. Then all fibers are blocked, but nothing breaks.
func TestBlocking(t *testing.T) {
	leaktest.Check(t)
	rt := open(t, Options{})
	type message [4]string
	c, late := make(chan message), make(chan int)
	var mu sync.Mutex
	once := sync.OnceValue(func() string { Yield(); return "once" })
	go func() {
		for i := range 300 {
			c <- message{fmt.Sprint(i), "a", "b", "c"} // goes straight to the fiber's stack
		}
		close(c)
		time.Sleep(time.Millisecond)
		close(late)
	}()
	receive := func() {
		last := -1
		for m := range c {
			var i int
			if fmt.Sscan(m[0], &i); i <= last || m[3] != "c" {
				t.Errorf("message %v after %d", m, last)
			}
			last = i
			Yield()
		}
		select {
		case <-late:
		case <-time.After(time.Minute):
			t.Error("nothing came")
		}
		time.Sleep(time.Millisecond)
	}
	finished := 0
	run(t, rt, receive, receive, func() {
		locked, unlocked := make(chan bool), false
		go func() {
			mu.Lock()
			close(locked)
			time.Sleep(time.Millisecond)
			unlocked = true
			mu.Unlock()
		}()
		<-locked
		mu.Lock() // blocks
		if !unlocked {
			t.Error("two hold the lock")
		}
		mu.Unlock()
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() { down(100*i, runtime.Gosched) })
		}
		wg.Wait()
		finished++
	}, func() {
		program, err := os.ReadFile(os.Args[0])
		if err != nil || len(program) < 1000 {
			t.Errorf("%d bytes, %v", len(program), err)
		}
		if once() != "once" {
			t.Error("once")
		}
		finished++
	}, func() {
		// Two goroutines to and fro, of which one is this.
		next, stop := iter.Pull(func(yield func(int) bool) {
			for i := 0; yield(i); i++ {
			}
		})
		for want := range 100 {
			if got, ok := next(); got != want || !ok {
				t.Errorf("next: %d, %v", got, ok)
			}
			Yield()
		}
		stop()
		finished++
	})
	if finished != 3 {
		t.Errorf("%d fibers finished, want 3", finished)
	}
}

type tree[T any] struct {
	left, right *tree[T]
	value       T
}

func insert[T any](at **tree[T], v T, less func(a, b T) bool) {
	for *at != nil {
		if less(v, (*at).value) {
			at = &(*at).left
		} else {
			at = &(*at).right
		}
	}
	Yield()
	*at = &tree[T]{value: v}
}

func (tr *tree[T]) all(yield func(T) bool) bool {
	return tr == nil || tr.left.all(yield) && yield(tr.value) && tr.right.all(yield)
}

// Ordinary Go code, with a switch or a collection at odd moments.
func TestOrdinaryCode(t *testing.T) {
	rt := open(t, Options{})
	finished := 0
	for i := range 20 {
		spawn(t, func() {
			var root *tree[string]
			var want []string
			for k := range 50 {
				s := fmt.Sprintf("%03d", (k*i+7*k)%101)
				want = append(want, s)
				insert(&root, s, func(a, b string) bool { return a < b })
			}
			sort.Slice(want, func(a, b int) bool {
				if a == 3 {
					Yield() // in a callback of the standard library
				}
				return want[a] < want[b]
			})
			Collect()
			if got := slices.Collect(func(yield func(string) bool) { root.all(yield) }); !slices.Equal(got, want) {
				t.Errorf("fiber %d: %v\nwant %v", i, got, want)
			}
			var b bytes.Buffer
			array := [...]any{1, "two", 3.5, []int{4}, map[string]int{"five": 5}, nil}
			for _, v := range array { // a large value on the stack
				Yield()
				fmt.Fprintf(&b, "%v ", v)
			}
			if got := strings.TrimSpace(b.String()); got != "1 two 3.5 [4] map[five:5] <nil>" {
				t.Errorf("fiber %d: %s", i, got)
			}
			counter := func() func() int {
				n := 0
				return func() int { n++; Yield(); return n }
			}()
			if counter()+counter()+counter() != 6 {
				t.Errorf("fiber %d: counter", i)
			}
			finished++
		})
	}
	run(t, rt, Collect, Collect)
	if finished != 20 {
		t.Errorf("%d fibers finished, want 20", finished)
	}
}
