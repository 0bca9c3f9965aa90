//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ch05/kit/leaktest"
)

//go:noinline
func misbehave(kind string) {
	switch kind {
	case "panic":
		panic("out of order")
	case "nil":
		var p *node
		p.v++
	case "index":
		var s []int
		s[len(kind)]++
	case "goexit":
		runtime.Goexit()
	case "panic, then goexit":
		defer runtime.Goexit()
		panic("forgotten")
	case "panic in a deferred call":
		defer func() {
			defer Yield()
			panic("second")
		}()
		panic("first")
	}
}

func TestPanics(t *testing.T) {
	leaktest.Check(t)
	rt := open(t, Options{})
	kinds := []string{"panic", "nil", "index", "panic in a deferred call", "goexit", "panic, then goexit"}
	for range 3 { // words that are left in g would be noticed later
		deferred, finished := 0, 0
		var first int // id
		for i, kind := range kinds {
			spawn(t, func() {
				if i == 0 {
					first = ID()
				}
				defer func() {
					Yield()
					deferred++
				}()
				Yield()
				misbehave(kind)
				t.Errorf("%s: runs on", kind)
			}, func() {
				for range 10 {
					Yield()
				}
				finished++
			})
		}
		spawn(t, Collect, func() { Yield(); Collect() }, Collect)
		err := rt.Run()
		if finished != len(kinds) || deferred != len(kinds) {
			t.Errorf("%d others finished and %d deferred calls ran, want %d", finished, deferred, len(kinds))
		}
		errs := err.(interface{ Unwrap() []error }).Unwrap()
		for i, kind := range kinds {
			id := first + 2*i
			at := slices.IndexFunc(errs, func(err error) bool { return strings.HasPrefix(err.Error(), fmt.Sprintf("fiber %d: ", id)) })
			if at < 0 {
				t.Errorf("%s: no error of fiber %d in:\n%v", kind, id, err)
				continue
			}
			var p *PanicError
			switch err := errs[at]; {
			case strings.HasSuffix(kind, "goexit"):
				if !errors.Is(err, ErrGoexit) || errors.As(err, &p) {
					t.Errorf("%s: %v", kind, err)
				}
			case !errors.As(err, &p) || p.ID != id || p.Value == nil:
				t.Errorf("%s: %v", kind, err)
			case !strings.Contains(string(p.Stack), "misbehave") || !strings.Contains(string(p.Stack), "TestPanics.func"):
				t.Errorf("%s: its functions aren't in the stack:\n%s", kind, p.Stack)
			case strings.Contains(string(p.Stack), "tRunner"):
				t.Errorf("%s: the stack goes on below the fiber:\n%s", kind, p.Stack)
			}
		}
		if len(errs) != len(kinds) {
			t.Errorf("%d errors, want %d:\n%v", len(errs), len(kinds), err)
		}
		if err := rt.Run(); err != nil {
			t.Errorf("the next Run still says %v", err)
		}
	}
}

func TestPanicValues(t *testing.T) {
	rt := open(t, Options{})
	spawn(t, func() { panic(nil) }, func() { panic(errors.New("a value")) })
	err := rt.Run()
	var p *PanicError
	if !errors.As(err, &p) || !strings.Contains(err.Error(), "nil") || !strings.Contains(err.Error(), "fiber 2: panic: a value") {
		t.Error(err)
	}
}

// Three fibers are in the middle of panics and deferred calls at the same time,
// and each has to find its own.
func TestInterleavedDefers(t *testing.T) {
	rt := open(t, Options{})
	logs := make(map[string][]string)
	one := func(id string, yield func()) func() {
		note := func(a ...any) { logs[id] = append(logs[id], fmt.Sprint(a...)) }
		return func() {
			for k := range 3 {
				func() {
					for j := range 2 { // a defer in a loop is on the list of g
						defer func() {
							yield()
							note(k, " deferred ", j)
							if v := recover(); v != nil {
								note("recovered ", v)
							}
							yield()
						}()
					}
					yield()
					defer func() { // this one is open-coded
						defer func() {
							yield()
							note("inside ", recover())
						}()
						yield()
						panic("inner " + id)
					}()
					panic(fmt.Sprint(id, k))
				}()
			}
		}
	}
	for name, yield := range map[string]func(){"Yield": Yield, "Collect": Collect} {
		clear(logs)
		run(t, rt, one("A", yield), one("B", yield), one("C", yield), func() {
			for range 10 {
				Yield()
			}
		})
		for id, log := range logs {
			var want []string
			for k := range 3 {
				want = append(want, "inside inner "+id, fmt.Sprint(k, " deferred ", 1),
					fmt.Sprint("recovered ", id, k), fmt.Sprint(k, " deferred ", 0))
			}
			if !slices.Equal(log, want) {
				t.Errorf("%s: fiber %s:\n%q\nwant\n%q", name, id, log, want)
			}
		}
		if len(logs) != 3 {
			t.Errorf("%s: %d logs", name, len(logs))
		}
	}

	// A fiber that ends while the caller of Run is in a deferred call of a panic.
	func() {
		defer func() {
			run(t, rt, one("D", Yield))
			if v := recover(); v != "outside" {
				t.Errorf("recovered %v, want outside", v)
			}
		}()
		panic("outside")
	}()
}

func init() {
	children["many"] = func() {
		n, _ := strconv.Atoi(os.Getenv("FIBER_N"))
		rt, err := New(Options{StackSize: 64 << 10, MaxFibers: n})
		if err != nil {
			fmt.Println(err)
			return
		}
		sum := 0
		for i := range n {
			Spawn(func() {
				list := leave(10)
				Yield()
				if i%(n/3) == 0 {
					Collect()
				}
				Yield()
				sum += i + list.v - 10
			})
		}
		fmt.Println(rt.Run(), sum, rt.Close())
		fmt.Println(resident())
	}
}

// This runs in a process of its own, because Go keeps the goroutines of a collection
// for later, and each later collection looks at them.
func TestManyFibers(t *testing.T) {
	n := fewer(10_000, 2_000)
	out, status := child(t, "many", fmt.Sprint("FIBER_N=", n))
	if want := fmt.Sprintln(nil, n*(n-1)/2, nil); status != 0 || !strings.HasPrefix(out, want) {
		t.Errorf("status %d, want %q:\n%.2000s", status, want, out)
	}
	t.Logf("%d fibers: %s", n, out)
}
