package main

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"ch02/kit"
)

func TestLoopCallsInOrderOfDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		l := newLoop(&kit.Env{Speed: 10})
		var order []string
		at := func(d time.Duration, name string) {
			l.setTimeout(d, func() {
				order = append(order, name)
				if got, want := time.Since(start), d/10; got != want {
					t.Errorf("%s came after %v, want %v", name, got, want)
				}
			})
		}
		at(3*time.Second, "third")
		at(time.Second, "first")
		at(2*time.Second, "second")
		at(time.Second, "first, set later")
		l.run()
		if want := []string{"first", "first, set later", "second", "third"}; !slices.Equal(order, want) {
			t.Errorf("got %q, want %q", order, want)
		}
	})
}

func TestManyTimersOfOneDeadlineKeepTheirOrder(t *testing.T) {
	l := newLoop(&kit.Env{Speed: 1e6})
	var order []int
	for i := range 1000 {
		l.setTimeout(time.Duration(i%2)*time.Second, func() { order = append(order, i%2*1000+i) })
	}
	l.run()
	if len(order) != 1000 || !slices.IsSorted(order) {
		t.Errorf("%d calls, or not in order", len(order))
	}
}

// A callback that comes late doesn't move what follows it: 100 + 50 is before
// 200, even if the callback of 100 took until 180.
func TestTimersCountFromTheCallbacksDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLoop(&kit.Env{Speed: 1})
		var order []int
		l.setTimeout(200*time.Millisecond, func() { order = append(order, 200) })
		l.setTimeout(100*time.Millisecond, func() {
			time.Sleep(80 * time.Millisecond)
			l.setTimeout(50*time.Millisecond, func() { order = append(order, 150) })
		})
		l.run()
		if !slices.Equal(order, []int{150, 200}) {
			t.Errorf("order %v", order)
		}
	})
}

func TestPostedComesBeforeAnyTimer(t *testing.T) {
	l := newLoop(&kit.Env{Speed: 1})
	var order []string
	say := func(s string) func() { return func() { order = append(order, s) } }
	l.setTimeout(0, say("timer"))
	l.post(func() {
		order = append(order, "posted")
		l.post(say("posted by it"))
	})
	l.post(say("posted second"))
	l.run()
	if want := []string{"posted", "posted second", "posted by it", "timer"}; !slices.Equal(order, want) {
		t.Errorf("got %q, want %q", order, want)
	}
	l.run() // and again, with nothing to do
}

func TestCoroutinesTakeTurnsWhereTheyYield(t *testing.T) {
	l := newLoop(&kit.Env{Speed: 1e6})
	var order []string
	for _, name := range []string{"a", "b"} {
		l.spawn(func(yield func(time.Duration) bool) {
			for _, step := range []string{"1", "2", "3"} {
				order = append(order, name+step)
				yield(time.Second)
			}
		})
	}
	l.spawn(func(func(time.Duration) bool) { order = append(order, "never waits") })
	l.run()
	want := []string{"a1", "b1", "never waits", "a2", "b2", "a3", "b3"}
	if !slices.Equal(order, want) {
		t.Errorf("got %q, want %q", order, want)
	}
}
