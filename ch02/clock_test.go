package main

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"ch02/kit"
)

// A task that works past another's deadline keeps its turn until it sleeps.
func TestATaskKeepsItsTurnUntilItSleeps(t *testing.T) {
	for _, run := range []func(func()){onThread, onGoroutine} {
		synctest.Test(t, func(t *testing.T) {
			var order []string
			main := newClock(&kit.Env{Speed: 1}, run)
			busy := main.spawn(func(t *task) {
				t.sleep(100 * time.Millisecond)
				time.Sleep(80 * time.Millisecond) // stands for work: the clock knows nothing of it
				order = append(order, "busy 100")
				t.sleep(60 * time.Millisecond)
				order = append(order, "busy 160")
			})
			other := main.spawn(func(t *task) {
				t.sleep(150 * time.Millisecond)
				order = append(order, "other 150")
			})
			main.join(busy)
			main.join(other)
			if want := []string{"busy 100", "other 150", "busy 160"}; !slices.Equal(order, want) {
				t.Errorf("got %q, want %q", order, want)
			}
		})
	}
}

func TestOfEqualDeadlinesTheOlderTaskGoesFirst(t *testing.T) {
	for range 50 {
		var order []int
		var all []*task
		main := newClock(&kit.Env{Speed: 1e6}, onGoroutine)
		for i := range 8 {
			all = append(all, main.spawn(func(t *task) {
				t.sleep(time.Second)
				order = append(order, i)
			}))
		}
		for _, other := range all {
			main.join(other)
		}
		if !slices.IsSorted(order) || len(order) != 8 {
			t.Fatalf("order %v", order)
		}
	}
}

func TestNoTaskWakesBeforeMainGivesUpItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		woken := false
		main := newClock(&kit.Env{Speed: 1}, onGoroutine)
		other := main.spawn(func(t *task) {
			t.sleep(time.Millisecond)
			woken = true
		})
		time.Sleep(time.Second)
		synctest.Wait()
		if woken {
			t.Error("a task woke while main had its turn")
		}
		main.join(other)
		if !woken {
			t.Error("join returned before the task's end")
		}
	})
}
