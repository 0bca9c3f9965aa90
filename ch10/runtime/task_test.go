package runtime_test

import (
	"errors"
	goruntime "runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

func TestReadyAtOnce(t *testing.T) {
	leaktest.Check(t)
	log := &logger{}
	rt := newRuntime(t, runtime.Options{Workers: 1, Log: log})
	p := ready(1, nil)
	finish(t, rt, p)
	p.want(t, "task", 1, 0)
	want(t, rt, runtime.Stats{Polls: 1, Wakes: 1})
	if !slices.Equal(log.lines, []string{finished}) {
		t.Errorf("%q", log.lines)
	}
}

// TestReadyAfterOne has the wake come when the worker says that it is going to sleep.
func TestReadyAfterOne(t *testing.T) {
	leaktest.Check(t)
	var waker future.Waker
	log := &logger{asleep: func() { waker.Wake() }}
	rt := newRuntime(t, runtime.Options{Workers: 1, Log: log})
	p := &probe{do: func(poll int, cx *future.Context) error {
		if waker = cx.Waker(); poll < 3 {
			return future.NotReady
		}
		return nil
	}}
	finish(t, rt, p)
	p.want(t, "task", 3, 0)
	want(t, rt, runtime.Stats{Polls: 3, Wakes: 3, Parks: 2})
	if !slices.Equal(log.lines, []string{onePending, onePending, finished}) {
		t.Errorf("%q", log.lines)
	}
}

func TestNameInTheLog(t *testing.T) {
	leaktest.Check(t)
	var wakers []future.Waker
	log := &logger{asleep: func() {
		for _, w := range wakers {
			w.Wake()
		}
	}}
	rt := newRuntime(t, runtime.Options{Workers: 1, Name: "exec-7", Log: log})
	task := func() *probe {
		return &probe{do: func(poll int, cx *future.Context) error {
			wakers = append(wakers, cx.Waker())
			if poll == 1 {
				return future.NotReady
			}
			return nil
		}}
	}
	runtime.Spawn(rt, task())
	runtime.Spawn(rt, task())
	finish(t, rt, task())
	want := []string{"exec-7: 3 pending tasks. Sleep until notified.", "exec-7: All tasks are finished"}
	if !slices.Equal(log.lines, want) {
		t.Errorf("%q; want %q", log.lines, want)
	}
}

// TestTheLogIsTrue: not all tasks are finished when one is pending, or hasn't even been polled.
func TestTheLogIsTrue(t *testing.T) {
	leaktest.Check(t)
	log := &logger{}
	rt := newRuntime(t, runtime.Options{Workers: 1, Log: log})
	p := pending()
	inside(t, rt, func(*future.Context) { runtime.Spawn(rt, p) })
	p.want(t, "spawned", 0, 0)
	finish(t, rt, ready(1, nil))
	p.want(t, "pending", 1, 0)
	shutdown(t, rt)
	p.want(t, "dropped", 1, 1)
	if len(log.lines) != 0 {
		t.Errorf("%q; want nothing", log.lines)
	}
}

// TestWakeDuringPoll: a task that wakes itself is polled again, without sleeping.
func TestWakeDuringPoll(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t, oneWorker)
	finish(t, rt, ready(5, nil))
	want(t, rt, runtime.Stats{Polls: 5, Wakes: 5})
}

// TestWakeDuringPollFromAnotherThread: the wake comes, and is over, while the task is polled.
func TestWakeDuringPollFromAnotherThread(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t, oneWorker)
	finish(t, rt, &probe{do: func(poll int, cx *future.Context) error {
		if poll == 100 {
			return nil
		}
		var wg sync.WaitGroup
		wg.Go(cx.Waker().Wake)
		wg.Wait()
		return future.NotReady
	}})
	want(t, rt, runtime.Stats{Polls: 100, Wakes: 100})
}

// TestWakeTwice: ten wakes, one poll.
func TestWakeTwice(t *testing.T) {
	leaktest.Check(t)
	var waker future.Waker
	tenTimes := func() {
		for range 10 {
			waker.Wake()
		}
	}
	rt := newRuntime(t, runtime.Options{Workers: 1, Log: &logger{asleep: tenTimes}})
	finish(t, rt, &probe{do: func(poll int, cx *future.Context) error {
		switch waker = cx.Waker(); poll {
		case 1:
			tenTimes()
			return future.NotReady
		case 2:
			return future.NotReady
		}
		return nil
	}})
	want(t, rt, runtime.Stats{Polls: 3, Wakes: 3, Parks: 1})
}

func TestWakeAfterDone(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	var waker future.Waker
	done := &probe{do: func(_ int, cx *future.Context) error { waker = cx.Waker(); return nil }}
	runtime.Spawn(rt, done)
	finish(t, rt, &probe{do: func(poll int, cx *future.Context) error {
		waker.Wake()
		cx.Waker().Wake()
		waker.Wake()
		if poll == 3 {
			return nil
		}
		return future.NotReady
	}})
	want(t, rt, runtime.Stats{Polls: 4, Wakes: 4})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(waker.Wake)
	}
	wg.Wait()
	finish(t, rt, ready(2, nil))
	done.want(t, "the one that is done", 1, 0)
	want(t, rt, runtime.Stats{Polls: 6, Wakes: 6})
}

// TestAMillionWakes: the task counts what has been done before the wakes. Should the last of
// them be lost, it never ends.
func TestAMillionWakes(t *testing.T) {
	leaktest.Check(t)
	const goroutines, each = 4, 250_000
	var count atomic.Int64
	var wg sync.WaitGroup
	p := &probe{do: func(poll int, cx *future.Context) error {
		if poll == 1 {
			for range goroutines {
				wg.Go(func() {
					for range each {
						count.Add(1)
						cx.Waker().Wake()
					}
				})
			}
		}
		if count.Load() == goroutines*each {
			return nil
		}
		return future.NotReady
	}}
	rt := newRuntime(t)
	finish(t, rt, p)
	wg.Wait()
	if s := rt.Stats(); s.Polls != uint64(p.polls) || s.Wakes != s.Polls || p.polls > goroutines*each+1 {
		t.Errorf("%d polls, and %+v", p.polls, s)
	}
}

// TestEveryWakeCounts: each wake comes after the poll for the one before, on its way to
// sleep or asleep. Every one of them is the last.
func TestEveryWakeCounts(t *testing.T) {
	leaktest.Check(t)
	const wakes = 10_000
	polled := make(chan future.Waker)
	var wg sync.WaitGroup
	wg.Go(func() {
		for w := range polled {
			w.Wake()
		}
	})
	rt := newRuntime(t)
	finish(t, rt, &probe{do: func(poll int, cx *future.Context) error {
		if poll == wakes+1 {
			return nil
		}
		polled <- cx.Waker()
		return future.NotReady
	}})
	close(polled)
	wg.Wait()
	if s := rt.Stats(); s.Polls != wakes+1 || s.Wakes != wakes+1 {
		t.Errorf("%+v, want %d polls and wakes", s, wakes+1)
	}
}

// TestSleepsOnce: wakes that have been seen to don't shorten the sleep.
func TestSleepsOnce(t *testing.T) {
	leaktest.Check(t)
	var s signal
	var wg sync.WaitGroup
	log := &logger{asleep: func() {
		wg.Go(func() {
			for range 1000 { // the time to notice what there is to notice
				goruntime.Gosched()
			}
			s.give()
		})
	}}
	rt := newRuntime(t, runtime.Options{Workers: 1, Log: log})
	runtime.Spawn(rt, ready(3, nil))
	runtime.Spawn(rt, ready(600, nil)) // more than one round
	finish(t, rt, &s)
	wg.Wait()
	if !slices.Equal(log.lines, []string{onePending, finished}) {
		t.Errorf("%q", log.lines)
	}
	want(t, rt, runtime.Stats{Polls: 605, Wakes: 605, Parks: 1})
}

func TestFirstComeFirstServed(t *testing.T) {
	leaktest.Check(t)
	var order []int
	wakers := make([]future.Waker, 4)
	rt := newRuntime(t, runtime.Options{Workers: 1, Log: &logger{asleep: func() {
		order = append(order, -1)
		for _, i := range []int{3, 1, 3, 0, 1, 0} {
			wakers[i].Wake()
		}
	}}})
	task := func(i int) *probe {
		return &probe{do: func(poll int, cx *future.Context) error {
			order = append(order, i)
			wakers[i] = cx.Waker()
			switch poll {
			case 1:
				cx.Waker().Wake()
				return future.NotReady
			case 2:
				if i == 3 {
					wakers[2].Wake()
				}
				return future.NotReady
			}
			return nil
		}}
	}
	for i := range 3 {
		runtime.Spawn(rt, task(i))
	}
	finish(t, rt, task(3))
	finish(t, rt, ready(3, nil)) // the others have been woken
	if want := []int{0, 1, 2, 3, 0, 1, 2, 3, 2, -1, 3, 1, 0}; !slices.Equal(order, want) {
		t.Errorf("polled %v, want %v", order, want)
	}
}

// TestErrors: each task has its own.
func TestErrors(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	failed := errors.New("failed")
	runtime.Spawn(rt, ready(1, errors.New("another's")))
	p := ready(2, failed)
	if _, err := runtime.BlockOn(t.Context(), rt, p); err != failed {
		t.Errorf("BlockOn: %v", err)
	}
	p.want(t, "main", 2, 0)
}
