package runtime

import (
	"context"
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
		if rt.park(time.Millisecond); rt.stats.Parks != 0 || rt.parked.Load() {
			t.Errorf("%s: it has waited", name)
		}
		if err := rt.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
