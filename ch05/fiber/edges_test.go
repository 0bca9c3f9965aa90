//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"errors"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

// startingStack is the size of a new goroutine's stack, which Go derives from the
// average of the stacks that the last collection saw.
func startingStack() uint64 {
	s := []metrics.Sample{{Name: "/gc/stack/starting-size:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func TestCollectorSeesTheTrueSizeOfStacks(t *testing.T) {
	rt := open(t, Options{StackSize: minStackSize})
	for range 100 {
		spawn(t, func() { // with little room left, so that the stack's end is near
			descend(func() { Collect(); Collect() })
		})
	}
	run(t, rt)
	if size := startingStack(); size > 64<<10 {
		t.Errorf("a new goroutine's stack has %d bytes", size)
	}
}

// descend calls f near the end of the fiber's stack.
//
//go:noinline
func descend(f func()) {
	var frame [64]byte
	if where()-one.Load().current.context.Lo > guardDistance+2000 {
		descend(f)
	} else {
		f()
	}
	runtime.KeepAlive(&frame)
}

func TestPanicThatCoversGoexit(t *testing.T) {
	rt := open(t, Options{})
	spawn(t, func() {
		defer func() { panic("covers") }()
		runtime.Goexit()
	})
	other := false
	spawn(t, func() { Yield(); other = true })
	err := rt.Run()
	var p *PanicError
	if !errors.Is(err, ErrGoexit) || !errors.As(err, &p) || p.Value != "covers" || !other {
		t.Errorf("%v; the other fiber finished: %v", err, other)
	}
}

func TestSpawnChainStarvesNobody(t *testing.T) {
	rt := open(t, Options{})
	turns, slept := 0, false
	spawn(t, func() { Sleep(time.Millisecond); slept = true })
	var link func()
	link = func() {
		if turns < 100 || !slept {
			if err := Spawn(link); err != nil {
				t.Error(err)
			}
		}
	}
	spawn(t, link)
	spawn(t, func() {
		for turns < 100 {
			turns++
			Yield()
		}
	})
	run(t, rt)
}

// TestRunThatBroke makes the event queue fail while a fiber waits. Then only Close
// may work, and nothing may collect.
func TestRunThatBroke(t *testing.T) {
	rt := open(t, Options{})
	spawn(t, func() { Sleep(time.Hour) })
	spawn(t, func() { rt.poll.Close() })
	if err := rt.Run(); err == nil {
		t.Fatal("Run with a closed event queue returned no error")
	}
	if err := rt.Run(); err == nil {
		t.Error("Run went on")
	}
	if err := Spawn(func() {}); err == nil {
		t.Error("Spawn went on")
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("Collect went on")
			}
		}()
		Collect()
	}()
	if err := rt.Close(); err != nil {
		t.Error(err)
	}
}

func TestSleepersThatAreDueTogether(t *testing.T) {
	rt := open(t, Options{})
	var got []int
	for i := range 20 {
		spawn(t, func() { Sleep(time.Millisecond); got = append(got, i) })
	}
	run(t, rt)
	for i := range got {
		if got[i] != i {
			t.Fatalf("woken in the order %v", got)
		}
	}
}
