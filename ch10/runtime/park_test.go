package runtime

import (
	"context"
	goruntime "runtime"
	"testing"
	"time"

	"ch10/future"
)

type never struct{}

func (never) Poll(*future.Context) (int, error) { return 0, future.NotReady }

// TestParkLooksOnceMore: what has come since the last look is no longer told by a wake.
func TestParkLooksOnceMore(t *testing.T) {
	for name, come := range map[string]func(rt *Runtime){
		"a task":   func(rt *Runtime) { Spawn(rt, future.Future[int](never{})) },
		"Shutdown": func(rt *Runtime) { rt.stopping.Store(true) },
	} {
		rt, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		come(rt)
		if rt.park(time.Millisecond); rt.stats.Parks != 0 || rt.parked.Load() != 0 || len(rt.bell) != 0 {
			t.Errorf("%s: it has waited", name)
		}
		if err := rt.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

// TestParkOnBell: without sources no wait touches the event queue, which is broken here.
func TestParkOnBell(t *testing.T) {
	rt, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	rt.queue.Close()
	woken, cancel := context.WithCancel(context.Background())
	go func() {
		for rt.parked.Load() == 0 {
			goruntime.Gosched()
		}
		cancel()
	}()
	if _, err := BlockOn[int](woken, rt, never{}); err != context.Canceled {
		t.Errorf("a wake from outside: %v", err)
	}
	if _, err := BlockOn(context.Background(), rt, Sleep(time.Millisecond)); err != nil {
		t.Errorf("a timer: %v", err)
	}
	if rt.stats.Parks < 1 || rt.parked.Load() != 0 || len(rt.bell) != 0 {
		t.Errorf("%d parks, parked %d, the bell has %d", rt.stats.Parks, rt.parked.Load(), len(rt.bell))
	}
	if err := rt.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestSlotsAreUsedAgain, and their tokens aren't: a late event finds nobody.
func TestSlotsAreUsedAgain(t *testing.T) {
	var s sources
	var first, second IO
	old := s.add(&first)
	s.remove(old)
	token := s.add(&second)
	if len(s.slots) != 2 || token == old {
		t.Errorf("%d slots, the tokens are %#x and %#x", len(s.slots), old, token)
	}
	if s.find(old) != nil || s.find(token) != &second {
		t.Errorf("%p, %p", s.find(old), s.find(token))
	}
}
