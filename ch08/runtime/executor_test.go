package runtime_test

import (
	"errors"
	"fmt"
	goruntime "runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"ch08/future"
	"ch08/kit/leaktest"
	"ch08/runtime"
)

func TestReadyAtOnce(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	log := &logger{}
	ex.Log = log
	p := ready(1, nil)
	finish(t, ex, p)
	p.want(t, "task", 1, 0)
	if !slices.Equal(log.lines, []string{finished}) {
		t.Errorf("%q", log.lines)
	}
	noReactor(t)
}

// TestReadyAfterOne has the wake come when the executor says that it is going to sleep.
func TestReadyAfterOne(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	var waker future.Waker
	log := &logger{asleep: func() { waker.Wake() }}
	ex.Log = log
	p := &probe{do: func(poll int, w future.Waker) error {
		if waker = w; poll < 3 {
			return future.NotReady
		}
		return nil
	}}
	finish(t, ex, p)
	p.want(t, "task", 3, 0)
	if !slices.Equal(log.lines, []string{onePending, onePending, finished}) {
		t.Errorf("%q", log.lines)
	}
}

func TestNameInTheLog(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	var wakers []future.Waker
	log := &logger{asleep: func() {
		for _, w := range wakers {
			w.Wake()
		}
	}}
	ex.Name, ex.Log = "exec-7", log
	for range 3 {
		runtime.Spawn(ex, &probe{do: func(poll int, w future.Waker) error {
			wakers = append(wakers, w)
			if poll == 1 {
				return future.NotReady
			}
			return nil
		}})
	}
	finish(t, ex, ready(1, nil))
	want := []string{"exec-7: 3 pending tasks. Sleep until notified.", "exec-7: All tasks are finished"}
	if !slices.Equal(log.lines, want) {
		t.Errorf("%q; want %q", log.lines, want)
	}
}

// TestWakeDuringPoll: a task that wakes itself is polled again, without sleeping.
func TestWakeDuringPoll(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	log := &logger{}
	ex.Log = log
	p := ready(5, nil)
	finish(t, ex, p)
	p.want(t, "task", 5, 0)
	if !slices.Equal(log.lines, []string{finished}) {
		t.Errorf("%q", log.lines)
	}
}

// TestWakeDuringPollFromAnotherThread: the wake comes, and is over, while the task is polled.
func TestWakeDuringPollFromAnotherThread(t *testing.T) {
	leaktest.Check(t)
	p := &probe{do: func(poll int, w future.Waker) error {
		if poll == 100 {
			return nil
		}
		var wg sync.WaitGroup
		wg.Go(w.Wake)
		wg.Wait()
		return future.NotReady
	}}
	finish(t, newExecutor(t), p)
	p.want(t, "task", 100, 0)
}

// TestWakeTwice: ten wakes, one poll.
func TestWakeTwice(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	var waker future.Waker
	log := &logger{asleep: func() { waker.Wake() }}
	ex.Log = log
	p := &probe{do: func(poll int, w future.Waker) error {
		waker = w
		switch poll {
		case 1:
			for range 10 {
				w.Wake()
			}
			return future.NotReady
		case 2:
			return future.NotReady
		}
		return nil
	}}
	finish(t, ex, p)
	p.want(t, "task", 3, 0)
	if !slices.Equal(log.lines, []string{onePending, finished}) {
		t.Errorf("%q", log.lines)
	}
}

func TestWakeAfterDone(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	var waker future.Waker
	done := &probe{do: func(_ int, w future.Waker) error { waker = w; return nil }}
	runtime.Spawn(ex, done)
	other := &probe{do: func(poll int, w future.Waker) error {
		waker.Wake()
		w.Wake()
		waker.Wake()
		if poll == 3 {
			return nil
		}
		return future.NotReady
	}}
	finish(t, ex, other)
	done.want(t, "the one that is done", 1, 0)
	other.want(t, "the other", 3, 0)

	finish(t, newExecutor(t), ready(2, nil))
	waker.Wake() // of an executor that is done, too
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(waker.Wake)
	}
	wg.Wait()
	done.want(t, "the one that is done", 1, 0)
}

// TestAMillionWakes: the task counts what has been done before the wakes. Should the last of
// them be lost, it never ends.
func TestAMillionWakes(t *testing.T) {
	leaktest.Check(t)
	const wakes = 1_000_000
	var count atomic.Int64
	var waker atomic.Pointer[future.Waker]
	var wg sync.WaitGroup
	p := &probe{do: func(poll int, w future.Waker) error {
		waker.Store(&w)
		if poll == 1 {
			wg.Go(func() {
				goruntime.LockOSThread()
				for range wakes {
					count.Add(1)
					(*waker.Load()).Wake()
				}
			})
		}
		if count.Load() == wakes {
			return nil
		}
		return future.NotReady
	}}
	finish(t, newExecutor(t), p)
	wg.Wait()
	if p.polls > wakes+1 || p.drops != 0 {
		t.Errorf("%d polls and %d drops for %d wakes", p.polls, p.drops, wakes)
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
	p := &probe{do: func(poll int, w future.Waker) error {
		if poll == wakes+1 {
			return nil
		}
		polled <- w
		return future.NotReady
	}}
	finish(t, newExecutor(t), p)
	close(polled)
	wg.Wait()
	p.want(t, "task", wakes+1, 0)
}

// TestSleepsOnce: wakes that have been seen to don't shorten the sleep.
func TestSleepsOnce(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	var s signal
	var wg sync.WaitGroup
	log := &logger{}
	log.asleep = func() {
		if len(log.lines) > 1 {
			return
		}
		wg.Go(func() {
			for range 1000 { // the time to notice what there is to notice
				goruntime.Gosched()
			}
			s.give()
		})
	}
	ex.Log = log
	finish(t, ex, &probe{do: func(poll int, w future.Waker) error {
		if poll < 3 {
			w.Wake()
			return future.NotReady
		}
		runtime.Spawn(ex, ready(2, nil))
		runtime.Spawn(ex, &s)
		return nil
	}})
	wg.Wait()
	if !slices.Equal(log.lines, []string{onePending, finished}) {
		t.Errorf("%q", log.lines)
	}
}

func TestFirstComeFirstServed(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	var order []int
	wakers := make([]future.Waker, 4)
	ex.Log = &logger{asleep: func() {
		order = append(order, -1)
		for _, i := range []int{3, 1, 3, 0, 1, 2, 0} {
			wakers[i].Wake()
		}
	}}
	task := func(i int) *probe {
		return &probe{do: func(poll int, w future.Waker) error {
			order = append(order, i)
			wakers[i] = w
			switch poll {
			case 1:
				w.Wake()
				return future.NotReady
			case 2:
				return future.NotReady
			}
			return nil
		}}
	}
	for i := range 3 {
		runtime.Spawn(ex, task(i))
	}
	finish(t, ex, task(3))
	if want := []int{0, 1, 2, 3, 0, 1, 2, 3, -1, 3, 1, 0, 2}; !slices.Equal(order, want) {
		t.Errorf("polled %v, want %v", order, want)
	}
}

func TestErrorsAreJoined(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	errs := []error{nil, errors.New("one"), nil, errors.New("three"), errors.New("main")}
	var probes []*probe
	for i, err := range errs {
		probes = append(probes, ready(5-i, err))
	}
	for _, p := range probes[:4] {
		runtime.Spawn(ex, p)
	}
	err := ex.BlockOn(probes[4])
	for i, p := range probes {
		p.want(t, fmt.Sprint("task ", i), 5-i, 0)
		if errs[i] != nil && !errors.Is(err, errs[i]) {
			t.Errorf("%v: lacks %v", err, errs[i])
		}
	}
	if err == nil || err.Error() != "main\nthree\none" {
		t.Errorf("%q", err)
	}
	noReactor(t)
}
