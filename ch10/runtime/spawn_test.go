package runtime_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// TestSpawnInTasks: each task spawns two more, and is done before those.
func TestSpawnInTasks(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t, oneWorker)
	var order []int
	var task func(depth int) *probe
	task = func(depth int) *probe {
		return &probe{do: func(int, *future.Context) error {
			order = append(order, depth)
			if depth < 5 {
				runtime.Spawn(rt, task(depth+1))
				runtime.Spawn(rt, task(depth+1))
			}
			return nil
		}}
	}
	finish(t, rt, task(0))
	want(t, rt, runtime.Stats{Polls: 1, Wakes: 1})
	settle(t, rt)
	if len(order) != 63 || !slices.IsSorted(order) {
		t.Errorf("%d tasks, by depth: %v; want 63, and the deepest last", len(order), order)
	}
}

// TestSpawnHere: the task comes behind those that are in the inbox, counts as spawned by Spawn, can be cancelled before
// its first poll, and after Shutdown there is none.
func TestSpawnHere(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	var order []string
	task := func(name string) *probe {
		return &probe{do: func(int, *future.Context) error {
			order = append(order, name)
			return nil
		}}
	}
	cancelled := task("cancelled")
	inside(t, rt, func(cx *future.Context) {
		runtime.SpawnOn(rt, 0, task("inbox"))
		runtime.SpawnHere(cx, task("here"))
		runtime.SpawnHere(cx, cancelled).Cancel()
		runtime.SpawnOn(rt, 0, task("last"))
	})
	settle(t, rt)
	if fmt.Sprint(order) != "[inbox here last]" {
		t.Errorf("%v", order)
	}
	cancelled.want(t, "cancelled", 0, 1)

	var late *runtime.JoinHandle[struct{}]
	var never probe
	inside(t, rt, func(cx *future.Context) {
		runtime.SpawnHere(cx, &dropping{pending(), func() { late = runtime.SpawnHere(cx, &never) }})
	})
	inside(t, rt, func(cx *future.Context) {})
	shutdown(t, rt)
	never.want(t, "spawned when the runtime closes", 0, 1)
	if !runtime.Done(late) {
		t.Error("its handle isn't done")
	}
}

// A dropping does something more when it is dropped.
type dropping struct {
	future.Future[struct{}]
	do func()
}

func (d *dropping) Drop() { d.do() }

// TestSpawnInCoroutines is the same with coroutines, which wait for what they spawn.
func TestSpawnInCoroutines(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	var body func(depth int) future.Future[int]
	body = func(depth int) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			if _, err := future.Wait(co, ready(2, nil)); depth == 3 || err != nil {
				return 1, err
			}
			spawned := runtime.Spawn(rt, body(depth+1))
			here, err1 := future.Wait(co, body(depth+1))
			there, err2 := future.Wait(co, spawned)
			return 1 + here + there, errors.Join(err1, err2)
		})
	}
	if n := finish(t, rt, body(0)); n != 15 {
		t.Errorf("%d coroutines came to their end, want 15", n)
	}
	if tasks := rt.Stats().Tasks; tasks != 0 {
		t.Errorf("%d tasks left", tasks)
	}
}

// TestSpawnFromEverywhere: 8 goroutines spawn while the worker polls or sleeps.
func TestSpawnFromEverywhere(t *testing.T) {
	leaktest.Check(t)
	const goroutines, each = 8, 2000
	rt := newRuntime(t, oneWorker)
	var left atomic.Int64
	left.Store(goroutines * each)
	var all signal
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			last := -1 // of this goroutine's
			for i := range each {
				runtime.Spawn(rt, pollFunc[struct{}](func(*future.Context) (struct{}, error) {
					if last++; i != last {
						t.Errorf("goroutine %d: task %d comes when %d has its turn", g, i, last)
					}
					if left.Add(-1) == 0 {
						all.give()
					}
					return struct{}{}, nil
				}))
			}
		})
	}
	finish(t, rt, &all)
	wg.Wait()
	if s := rt.Stats(); s.Tasks != 0 || s.Polls > goroutines*each+2 || s.Wakes != s.Polls {
		t.Errorf("%+v", s)
	}
}

// TestTenThousandTasks are all asleep at once. Others wake them, and some fail.
func TestTenThousandTasks(t *testing.T) {
	leaktest.Check(t)
	const tasks, each = 10_000, 100
	wakers := make([]future.Waker, tasks)
	failed := errors.New("every hundredth fails")
	log := &logger{}
	log.asleep = func() {
		if len(log.lines) > 1 {
			return
		}
		var wg sync.WaitGroup
		for from := 0; from < tasks; from += tasks / 4 {
			wg.Go(func() {
				for _, w := range wakers[from : from+tasks/4] {
					w.Wake()
					w.Wake()
				}
			})
		}
		wg.Wait()
	}
	rt := newRuntime(t, runtime.Options{Workers: 1, Log: log})
	handles := make([]future.Future[struct{}], tasks)
	probes := make([]*probe, tasks)
	for i := range tasks {
		probes[i] = &probe{do: func(poll int, cx *future.Context) error {
			wakers[i] = cx.Waker()
			switch {
			case poll == 1:
				return future.NotReady
			case i%each == 0:
				return failed
			}
			return nil
		}}
		handles[i] = runtime.Spawn(rt, probes[i])
	}
	_, err := runtime.BlockOn(t.Context(), rt, future.JoinAll(handles...))
	for i, p := range probes {
		p.want(t, fmt.Sprint("task ", i), 2, 0)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != tasks/each || !errors.Is(err, failed) {
		t.Errorf("want %d errors, got %v", tasks/each, err)
	}
	if want := []string{"main: 10001 pending tasks. Sleep until notified.", finished}; !slices.Equal(log.lines, want) {
		t.Errorf("%q; want %q", log.lines, want)
	}
}

// TestBlockOnLeavesTheOthers pending, and the next BlockOn goes on with them.
func TestBlockOnLeavesTheOthers(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t, oneWorker)
	var first, second signal
	two, later := ready(2, nil), pending()
	runtime.Spawn(rt, two)
	a, b := runtime.Spawn(rt, &first), runtime.Spawn(rt, &second)
	runtime.Spawn(rt, later)
	finish(t, rt, ready(3, nil))
	two.want(t, "done", 2, 0)
	want(t, rt, runtime.Stats{Tasks: 3, Polls: 8, Wakes: 8})

	first.give() // while nobody works
	finish(t, rt, a)
	want(t, rt, runtime.Stats{Tasks: 2, Polls: 8 + 2, Wakes: 8 + 2})

	// From another goroutine, too.
	second.give()
	var wg sync.WaitGroup
	wg.Go(func() { finish(t, rt, b) })
	wg.Wait()
	want(t, rt, runtime.Stats{Tasks: 1, Polls: 10 + 2, Wakes: 10 + 2})
	shutdown(t, rt)
	later.want(t, "left to Shutdown", 1, 1)
}

// TestYield lets the others go first.
func TestYield(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t, oneWorker)
	var order []string
	task := func(name string) future.Future[struct{}] {
		return future.Async(func(co *future.Co) (struct{}, error) {
			for range 3 {
				order = append(order, name)
				if _, err := future.Wait(co, runtime.Yield()); err != nil {
					t.Error(err)
				}
			}
			return struct{}{}, nil
		})
	}
	runtime.Spawn(rt, task("a"))
	runtime.Spawn(rt, future.JoinAll(task("b"))) // through a waker of its own
	finish(t, rt, task("c"))
	if fmt.Sprint(order) != "[a b c a b c a b c]" {
		t.Errorf("%v", order)
	}
	if s := rt.Stats(); s.Tasks != 0 || s.Polls != 3*4 || s.Parks != 0 {
		t.Errorf("%+v, want 12 polls", s)
	}
	y := runtime.Yield()
	finish(t, rt, y)
	inside(t, rt, func(cx *future.Context) {
		if p := panics(func() { y.Poll(cx) }); p != future.PolledAfterCompletion {
			t.Errorf("panic %v", p)
		}
	})
}
