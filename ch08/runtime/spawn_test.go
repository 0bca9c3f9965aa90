package runtime_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"ch08/future"
	"ch08/kit/leaktest"
	"ch08/runtime"
)

// TestSpawnInTasks: each task spawns the next one, and is done before that.
func TestSpawnInTasks(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	var order []int
	var task func(depth int) *probe
	var probes []*probe
	task = func(depth int) *probe {
		p := &probe{do: func(int, future.Waker) error {
			order = append(order, depth)
			if depth < 5 {
				runtime.Spawn(ex, task(depth+1))
				runtime.Spawn(ex, task(depth+1))
			}
			return nil
		}}
		probes = append(probes, p)
		return p
	}
	finish(t, ex, task(0))
	if len(order) != 63 || !slices.IsSorted(order) {
		t.Errorf("%d tasks, by depth: %v; want 63, and the deepest last", len(order), order)
	}
	for i, p := range probes {
		p.want(t, fmt.Sprint("task ", i), 1, 0)
	}
}

// TestSpawnInCoroutines is TestSpawnInTasks with coroutines, whose stacks have to stay on
// the thread. Results of any type will do.
func TestSpawnInCoroutines(t *testing.T) {
	leaktest.Check(t)
	ex := newExecutor(t)
	tasks := 0
	var body func(depth int) future.Future[string]
	body = func(depth int) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			future.Wait(co, ready(2, nil))
			if depth < 3 {
				runtime.Spawn(ex, body(depth+1))
				if s, err := future.Wait(co, body(depth+1)); s != "ready" || err != nil {
					t.Errorf("depth %d: %q, %v", depth, s, err)
				}
			}
			_, err := future.Wait(co, ready(depth+1, nil))
			tasks++
			return "ready", err
		})
	}
	finish(t, ex, future.Async(func(co *future.Co) (struct{}, error) {
		_, err := future.Wait(co, body(0))
		runtime.Spawn(ex, body(3))
		return struct{}{}, err
	}))
	if tasks != 16 {
		t.Errorf("%d coroutines came to their end, want 15 and 1", tasks)
	}
}

// TestTenThousandTasks are all asleep at once. Others wake them, and some fail.
func TestTenThousandTasks(t *testing.T) {
	leaktest.Check(t)
	const tasks, each = 10_000, 100
	ex := newExecutor(t)
	wakers := make([]future.Waker, tasks)
	probes := make([]*probe, tasks)
	failure := errors.New("every hundredth fails")
	var wg sync.WaitGroup
	log := &logger{}
	log.asleep = func() {
		if len(log.lines) > 1 {
			return
		}
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
	ex.Log = log
	err := ex.BlockOn(&probe{do: func(int, future.Waker) error {
		for i := range probes {
			probes[i] = &probe{do: func(poll int, w future.Waker) error {
				wakers[i] = w
				switch {
				case poll == 1:
					return future.NotReady
				case i%each == 0:
					return failure
				}
				return nil
			}}
			runtime.Spawn(ex, probes[i])
		}
		return nil
	}})
	for i, p := range probes {
		p.want(t, fmt.Sprint("task ", i), 2, 0)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != tasks/each || !errors.Is(err, failure) {
		t.Errorf("want %d errors, got %v", tasks/each, err)
	}
	if want := []string{"main: 10000 pending tasks. Sleep until notified.", finished}; !slices.Equal(log.lines, want) {
		t.Errorf("%q; want %q", log.lines, want)
	}
}

func TestAHundredTimes(t *testing.T) {
	leaktest.Check(t)
	s, peer := pair(t)
	for range 100 {
		ex := newExecutor(t)
		r, p := &reader{stream: s}, ready(2, nil)
		runtime.Spawn(ex, r)
		runtime.Spawn(ex, p)
		finish(t, ex, &probe{do: func(poll int, w future.Waker) error {
			if poll == 1 {
				w.Wake()
				return future.NotReady
			}
			send(t, peer, "a")
			return nil
		}})
		p.want(t, "task", 2, 0)
		if !r.done || r.drops != 0 {
			t.Fatalf("%+v", r)
		}
		noReactor(t)
	}
}
