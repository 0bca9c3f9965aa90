//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The runtime didn't ask for these collections. Each child ends with status 2 and
// the line of refuse, and prints nothing else. A fiber prints if it resumes although
// it must not, or if memory that it holds is gone. With GODEBUG=clobberfree=1 Go
// overwrites memory that it frees, so the fiber notices.
//
// With more than one foreign collection, a later one can find a fiber's stack that
// an earlier one has made invalid, before check does or while refuse still
// prints. Then Go ends the process, with the same status.

const fatalLine = "fiber: fatal: the garbage collector ran while fibers were parked"

// A foreign child has some fibers, and a goroutine that collects in some way.
type foreign struct {
	collect func()
	yield   func() // how a fiber ends its turn
	fibers  int
	spread  int // latest moment at which it begins, in turns of a spinning loop
	may     may
}

type may int // other outcomes that are right

const (
	many     may = iota + 1 // collections
	harmless                // if it begins when Collect has lent all stacks
)

var foreigners = map[string]foreign{
	"GC":               {runtime.GC, Yield, 3, 200_000, 0},
	"GC at once":       {runtime.GC, Yield, 3, 2_000, 0},
	"FreeOSMemory":     {debug.FreeOSMemory, Yield, 3, 200_000, 0},
	"SetGCPercent":     {allocateAndCollect, Yield, 3, 20_000, many},
	"while asleep":     {runtime.GC, func() { Sleep(50 * time.Microsecond) }, 3, 200_000, 0},
	"in a Collect":     {runtime.GC, Collect, 30, 200_000, harmless},
	"during a Collect": {gcForEver, Collect, 3, 200_000, many},
	"GC for ever":      {gcForEver, Yield, 3, 200_000, many},
}

func allocateAndCollect() {
	debug.SetGCPercent(1)
	for range 1000 {
		sink = new([64 << 10]byte)
	}
}

func gcForEver() {
	for {
		runtime.GC()
	}
}

func init() {
	children["foreign"] = func() {
		f := foreigners[os.Getenv("FIBER_FOREIGN")]
		spins, _ := strconv.Atoi(os.Getenv("FIBER_SPINS"))
		rt, err := New(Options{MaxFibers: f.fibers})
		if err != nil {
			fmt.Println(err)
			return
		}
		var running, over atomic.Bool
		go func() {
			for !running.Load() {
			}
			for range spins {
				running.Load()
			}
			f.collect()
			over.Store(true)
		}()
		for range f.fibers {
			Spawn(func() {
				list := leave(5)
				running.Store(true)
				for turn := range 1_000_000 {
					if turn%16 == 0 {
						runtime.Gosched() // with a GOMAXPROCS of 1 the other would wait for 10 ms
					}
					was := over.Load()
					f.yield()
					if was && f.may == harmless {
						return
					}
					if was {
						fatal("ran on after a collection was over")
					}
					n := 0
					for p := list; p != nil; p = p.next.next {
						if n++; n > 5 || p.v != 6-n || p.next.v != -p.v {
							break
						}
					}
					if n != 5 {
						fatal("its list is gone")
					}
					if turn%100 == 0 {
						list = leave(5)
					}
				}
				fatal("never refused")
			})
		}
		fmt.Println(rt.Run())
	}
}

func fatal(what string) {
	fmt.Println("a fiber:", what)
	os.Exit(3)
}

var foreignBefore atomic.Int64 // so that -count=20 doesn't mean 20,000 processes

func TestForeignCollections(t *testing.T) {
	n := fewer(1000, 28)
	if foreignBefore.Add(1) > 1 {
		n /= 20
	}
	var names []string
	for name := range foreigners {
		names = append(names, name)
	}
	attempts := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	refused := make(map[string]int)
	for range 2 {
		wg.Go(func() {
			for i := range attempts {
				name := names[i%len(names)]
				spins := foreigners[name].spread * i / n
				out, status := child(t, "foreign", "GODEBUG=clobberfree=1",
					"FIBER_FOREIGN="+name, "FIBER_SPINS="+strconv.Itoa(spins))
				right := status == 2 && strings.HasPrefix(out, fatalLine) && strings.Count(out, "\n") == 2
				switch foreigners[name].may {
				case many:
					right = right || status == 2 && strings.Contains(out, "fatal error: ") && !strings.Contains(out, "a fiber:")
				case harmless:
					right = right || status == 0 && out == "<nil>\n"
				}
				if !right {
					t.Errorf("%s, %d spins: status %d, want 2 and the two lines of refuse:\n%.2000s", name, spins, status, out)
				}
				mu.Lock()
				refused[fmt.Sprint(name, ": ", status)]++
				mu.Unlock()
			}
		})
	}
	for i := range n {
		attempts <- i
	}
	close(attempts)
	wg.Wait()
	t.Log(refused)
}

func init() {
	// A collection begins and ends within the turn of a fiber.
	children["foreign, in a turn"] = func() {
		rt, _ := New(Options{})
		Spawn(func() {
			Yield()
			fmt.Println("a parked fiber ran on")
		})
		Spawn(func() {
			list := leave(5)
			done := make(chan bool)
			go func() { runtime.GC(); close(done) }()
			<-done
			fmt.Println("the running fiber has", list.v, list.next.v)
			Yield()
			fmt.Println("a parked fiber ran on")
		})
		rt.Run()
		fmt.Println("Run returned")
	}
	// The only fiber isn't parked, but the caller of Run is.
	children["foreign, one fiber"] = func() {
		rt, _ := New(Options{})
		Spawn(func() {
			list := leave(5)
			for range 3 {
				runtime.GC() // in the fiber itself
			}
			fmt.Println("the running fiber has", list.v, list.next.v)
		})
		rt.Run()
		fmt.Println("Run returned")
	}
	// A fiber that is new has nothing on its stack, but would park others' memory.
	children["foreign, then a new fiber"] = func() {
		rt, _ := New(Options{})
		Spawn(func() {
			runtime.GC()
			fmt.Println("the running fiber has", 5, -5)
			Spawn(func() { fmt.Println("a new fiber ran") })
		})
		rt.Run()
		fmt.Println("Run returned")
	}
}

func TestForeignCollectionInATurn(t *testing.T) {
	for _, name := range []string{"foreign, in a turn", "foreign, one fiber", "foreign, then a new fiber"} {
		out, status := child(t, name, "GODEBUG=clobberfree=1")
		if want := "the running fiber has 5 -5\n" + fatalLine; status != 2 || !strings.HasPrefix(out, want) || strings.Count(out, "\n") != 3 {
			t.Errorf("%s: status %d, want 2 and %q:\n%s", name, status, want, out)
		}
	}
}
