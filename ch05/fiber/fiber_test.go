//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"ch05/kit/leaktest"
	"ch05/poll"
)

// open returns a runtime that is closed when the test ends.
func open(t testing.TB, o Options) *Runtime {
	t.Helper()
	rt, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rt.Close(); err != nil {
			t.Error(err)
		}
	})
	return rt
}

// run spawns all of fs and runs them.
func run(t testing.TB, rt *Runtime, fs ...func()) {
	t.Helper()
	spawn(t, fs...)
	if err := rt.Run(); err != nil {
		t.Error(err)
	}
}

func spawn(t testing.TB, fs ...func()) {
	t.Helper()
	for _, f := range fs {
		if err := Spawn(f); err != nil {
			t.Error(err)
		}
	}
}

func TestRoundRobin(t *testing.T) {
	leaktest.Check(t)
	rt := open(t, Options{})
	var log []string
	turns := func(name string, n int) func() {
		return func() {
			for i := range n {
				log = append(log, fmt.Sprint(name, i, "#", ID()))
				Yield()
			}
		}
	}
	run(t, rt, turns("a", 1), turns("b", 3), turns("c", 2))
	if got, want := fmt.Sprint(log), "[a0#1 b0#2 c0#3 b1#2 c1#3 b2#2]"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if ID() != 0 {
		t.Errorf("ID %d outside a fiber", ID())
	}

	// A second Run continues the count. A fiber that is spawned by another comes after
	// all that were spawned earlier, in the same round.
	log = nil
	run(t, rt, func() {
		spawn(t, func() {
			spawn(t, turns("e", 2))
			turns("d", 2)()
		})
		turns("a", 2)()
	}, turns("b", 2))
	if got, want := fmt.Sprint(log), "[a0#4 b0#5 d0#6 e0#7 a1#4 b1#5 d1#6 e1#7]"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if err := rt.Run(); err != nil {
		t.Errorf("Run of nothing: %v", err)
	}
}

func TestStates(t *testing.T) {
	rt := open(t, Options{})
	var seen []state
	look := func() {
		for _, f := range rt.fibers {
			seen = append(seen, f.state)
		}
	}
	run(t, rt, func() {}, func() { look(); Sleep(1) }, func() { look() })
	look()
	want := []state{Available, Running, Ready, Available, Waiting, Running, Available, Available, Available}
	if !slices.Equal(seen, want) {
		t.Errorf("%v, want %v", seen, want)
	}
}

func TestStacksAreUsedAgain(t *testing.T) {
	rt := open(t, Options{MaxFibers: 3})
	var full error
	finished := 0
	var again func()
	again = func() {
		Yield()
		if finished++; finished <= 300 {
			spawn(t, again) // in the place of one that has finished
		}
	}
	run(t, rt, again, again, func() {
		full = Spawn(func() { t.Error("a fourth fiber ran") })
	})
	if !errors.Is(full, ErrNoStack) {
		t.Errorf("three are alive: Spawn says %v, want ErrNoStack", full)
	}
	if rt.arena.used != 3 || len(rt.fibers) != 3 {
		t.Errorf("%d stacks and %d fibers were made for three at a time", rt.arena.used, len(rt.fibers))
	}
	run(t, rt, func() {}, func() {}, func() {})
}

func TestMisuse(t *testing.T) {
	leaktest.Check(t)
	for _, o := range []Options{
		{StackSize: minStackSize - 1}, {StackSize: -1}, {StackSize: maxStackSize + 1},
		{MaxFibers: -1}, {MaxFibers: maxMaxFibers + 1},
	} {
		rt, err := New(o)
		wantError(t, fmt.Sprintf("New(%+v)", o), err, "want")
		if rt != nil {
			rt.Close()
		}
	}
	wantError(t, "Spawn without a runtime", Spawn(func() {}), "no runtime")
	wantPanic(t, "Collect without a runtime", Collect, "no runtime")

	rt := open(t, Options{StackSize: minStackSize, MaxFibers: 2})
	_, err := New(Options{})
	wantError(t, "a second New", err, "already")
	wantError(t, "Spawn of nil", Spawn(nil), "nil")
	outside := func(where string) {
		wantPanic(t, "Yield "+where, Yield, "outside a fiber")
		wantPanic(t, "Sleep "+where, func() { Sleep(1) }, "outside a fiber")
		wantPanic(t, "Sleep(0) "+where, func() { Sleep(0) }, "outside a fiber")
		wantError(t, "Wait "+where, Wait(nil, poll.Readable), "outside a fiber")
		if ID() != 0 {
			t.Errorf("ID %d %s", ID(), where)
		}
	}
	elsewhere := func() {
		done := make(chan bool)
		go func() {
			defer close(done)
			outside("on another goroutine")
			wantPanic(t, "Collect on another goroutine", Collect, "another goroutine")
			for what, err := range map[string]error{
				"Spawn": Spawn(func() { t.Error("ran") }), "Run": rt.Run(), "Close": rt.Close(),
				"Prepare": third(rt.Prepare(nil, nil)),
			} {
				wantError(t, what+" on another goroutine", err, "another goroutine")
			}
		}()
		<-done
	}
	outside("before Run")
	elsewhere()
	run(t, rt, func() {
		elsewhere()
		for what, err := range map[string]error{
			"Run": rt.Run(), "Close": rt.Close(), "Prepare": third(rt.Prepare(nil, nil)),
		} {
			wantError(t, what+" in a fiber", err, "while Run runs")
		}
		_, err := New(Options{})
		wantError(t, "New in a fiber", err, "already")
		Yield() // still works
	})
	outside("after Run")

	for range 2 {
		if err := rt.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	wantError(t, "Run after Close", rt.Run(), "closed")
	wantError(t, "Spawn after Close", Spawn(func() {}), "no runtime")
	wantPanic(t, "Yield after Close", Yield, "outside a fiber")
	other := open(t, Options{})
	if err := rt.Close(); err != nil || one.Load() != other {
		t.Errorf("Close of the old runtime: %v", err)
	}
	run(t, other, Yield)
}

func third[T, U any](_ T, _ U, e error) error { return e }

func wantError(t *testing.T, what string, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("%s: %v, want an error with %q", what, err, words)
	}
}

func wantPanic(t *testing.T, what string, f func(), words string) {
	t.Helper()
	defer func() {
		t.Helper()
		if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), words) {
			t.Errorf("%s: panic %v, want one with %q", what, v, words)
		}
	}()
	f()
}

func TestSettingsComeBack(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(73))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(5 << 40))
	check := func(when string) {
		t.Helper()
		if p, l := debug.SetGCPercent(73), debug.SetMemoryLimit(5<<40); p != 73 || l != 5<<40 {
			t.Errorf("%s: percent %d, limit %d; want 73, %d", when, p, l, 5<<40)
		}
	}
	for range 3 {
		rt := open(t, Options{})
		if p := debug.SetGCPercent(-1); p != -1 {
			t.Errorf("percent %d while there is a runtime", p)
		}
		run(t, rt, Yield)
		rt.Close()
		check("after Close")
	}
	_, err := New(Options{StackSize: 1})
	wantError(t, "StackSize 1", err, "StackSize")
	check("after a New that failed")
	layoutShift = 8
	_, err = New(Options{})
	layoutShift = 0
	wantError(t, "shifted", err, runtime.Version())
	check("after a New that failed")
}
