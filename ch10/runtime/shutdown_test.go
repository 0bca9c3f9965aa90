package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// TestShutdownWithTenThousandTasks: some wait, some have been woken, some have not been polled.
func TestShutdownWithTenThousandTasks(t *testing.T) {
	leaktest.Check(t)
	const tasks = 10_000
	rt := newRuntime(t)
	probes := make([]*probe, tasks)
	wakers := make([]future.Waker, tasks)
	for i := range tasks {
		probes[i] = &probe{do: func(_ int, cx *future.Context) error {
			wakers[i] = cx.Waker()
			return future.NotReady
		}}
		if i == tasks*3/4 {
			settle(t, rt)
		}
		runtime.Spawn[struct{}](rt, probes[i])
	}
	for i := range tasks / 4 {
		wakers[i].Wake()
	}
	shutdown(t, rt)
	for i, p := range probes {
		polls := 1
		if i >= tasks*3/4 {
			polls = 0
		}
		p.want(t, fmt.Sprint("task ", i), polls, 1)
	}
	for _, w := range wakers[:tasks*3/4] {
		w.Wake()
	}
}

// TestShutdownDuringAStorm: 8 goroutines wake 10,000 tasks and spawn more, before, while and after
// the runtime stops. Every task is dropped once.
func TestShutdownDuringAStorm(t *testing.T) {
	leaktest.Check(t)
	const tasks, goroutines = 10_000, 8
	rt := newRuntime(t, oneWorker)
	probes := make([]*probe, tasks)
	wakers := make([]future.Waker, tasks)
	for i := range tasks {
		probes[i] = &probe{do: func(poll int, cx *future.Context) error {
			if poll == 1 {
				wakers[i] = cx.Waker()
			}
			return future.NotReady
		}}
		runtime.Spawn[struct{}](rt, probes[i])
	}
	settle(t, rt)
	var storm, all sync.WaitGroup
	var stop atomic.Bool
	storm.Add(goroutines)
	spawned := make([][]*probe, goroutines)
	for g := range goroutines {
		all.Go(func() {
			for round := 0; !stop.Load(); round++ {
				for i, w := range wakers {
					w.Wake()
					if i%1000 == g {
						p := pending()
						spawned[g] = append(spawned[g], p)
						runtime.Spawn[struct{}](rt, p)
					}
				}
				if round == 0 {
					storm.Done()
				}
			}
		})
	}
	all.Go(func() {
		storm.Wait()
		shutdown(t, rt)
		stop.Store(true)
	})
	if _, err := runtime.BlockOn(t.Context(), rt, pending()); err != runtime.ErrShutdown {
		t.Errorf("BlockOn: %v", err)
	}
	all.Wait()
	for i, p := range probes {
		if p.drops != 1 {
			t.Errorf("task %d: %d drops", i, p.drops)
		}
	}
	for g, ps := range spawned {
		for i, p := range ps {
			if p.drops != 1 {
				t.Errorf("task %d of goroutine %d: %d drops", i, g, p.drops)
			}
		}
	}
}

// TestAfterShutdown: wakes come to nothing, and tasks are dropped.
func TestAfterShutdown(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	var cx *future.Context
	waits := &probe{do: func(_ int, c *future.Context) error { cx = c; return future.NotReady }}
	h := runtime.Spawn[struct{}](rt, waits)
	settle(t, rt)
	before := rt.Stats()
	shutdown(t, rt)
	before.Tasks = 0
	want(t, rt, before)

	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				cx.Waker().Wake()
				h.Cancel()
			}
		})
	}
	wg.Wait()
	if _, err := h.Poll(cx); err != runtime.ErrShutdown {
		t.Errorf("the task that was pending: %v", err)
	}
	p := pending()
	late := runtime.Spawn[struct{}](rt, p)
	p.want(t, "spawned late", 0, 1)
	late.Cancel()
	if _, err := late.Poll(cx); err != runtime.ErrShutdown {
		t.Errorf("spawned late: %v", err)
	}
	p = pending()
	if _, err := runtime.BlockOn(t.Context(), rt, p); err != runtime.ErrShutdown {
		t.Errorf("BlockOn: %v", err)
	}
	p.want(t, "of BlockOn", 0, 1)
	waits.want(t, "waits", 1, 1)
	want(t, rt, before)
}

// TestShutdownAgain: before any BlockOn, twice, at once, and from a task's Drop.
func TestShutdownAgain(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	p := pending()
	runtime.Spawn[struct{}](rt, p)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := rt.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if err := rt.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	p.want(t, "task", 0, 1)
}

// TestShutdownInATask waits for itself, as long as its context lets it.
func TestShutdownInATask(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	p := &probe{do: func(_ int, cx *future.Context) error {
		if err := rt.Shutdown(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("Shutdown: %v", err)
		}
		cx.Waker().Wake()
		return future.NotReady
	}}
	if _, err := runtime.BlockOn(t.Context(), rt, p); err != runtime.ErrShutdown {
		t.Errorf("BlockOn: %v", err)
	}
	p.want(t, "task", p.polls, 1)
}

// TestDropsDoThings: at Shutdown they spawn, wake, cancel and receive.
func TestDropsDoThings(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	var mu sync.Mutex // the tasks may have two workers
	var cxs []*future.Context
	var handles []*runtime.JoinHandle[struct{}]
	c := runtime.NewChan[int](0)
	spawned := pending()
	probes := make([]*probe, 10)
	for i := range probes {
		probes[i] = &probe{do: func(_ int, cx *future.Context) error {
			mu.Lock()
			defer mu.Unlock()
			cxs = append(cxs, cx)
			return future.NotReady
		}}
		f := &dropFunc{probe: probes[i]}
		f.drop = func() {
			for _, cx := range cxs {
				cx.Waker().Wake()
			}
			for _, h := range handles {
				h.Drop()
			}
			if i == 3 {
				runtime.Spawn[struct{}](rt, spawned)
			}
			c.Close()
		}
		handles = append(handles, runtime.Spawn[struct{}](rt, f))
		runtime.Spawn(rt, c.Recv())
		runtime.Spawn[struct{}](rt, none[struct{}]{handles[i]})
	}
	settle(t, rt)
	shutdown(t, rt)
	for i, p := range probes {
		p.want(t, fmt.Sprint("task ", i), 1, 1)
	}
	spawned.want(t, "spawned in Drop", 0, 1)
}
