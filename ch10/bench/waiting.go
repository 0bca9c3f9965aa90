package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	goruntime "runtime"
	"sync"
	"text/tabwriter"
	"time"

	"ch10/kit"
	"ch10/runtime"
)

// waiters has o.N tasks, or goroutines, wait.
func waiters(o order) ([]float64, error) {
	if o.Side == goroutines {
		return waitingGoroutines(o).measure(o)
	}
	return withRuntime(o, func(rt *runtime.Runtime) ([]float64, error) { return waitingTasks(rt, o).measure(o) })
}

// A waiting is done when all wait, and then when all are over.
type waiting struct{ spawn, wake func() error }

func (w waiting) measure(o order) ([]float64, error) {
	before, inUse, begin := usage(), memoryInUse(), time.Now()
	if err := w.spawn(); err != nil {
		return nil, err
	}
	spawned, cpu := time.Since(begin), usage().since(before).CPU
	live, peak := memoryInUse()-inUse, usage().since(before).Peak
	each := func(total int64) float64 { return max(0, float64(total)/float64(o.N)) }
	if o.Sleep {
		return []float64{each(live), each(peak), each(int64(cpu))}, nil
	}
	begin = time.Now()
	err := w.wake()
	return []float64{spawned.Seconds() * 1e3, each(live), each(peak), time.Since(begin).Seconds() * 1e3}, err
}

// memoryInUse is what Go has handed out and not got back: heap and stacks. That the heap holds no garbage
// takes two collections: objects with a finalizer, and what they point to, survive the first.
func memoryInUse() int64 {
	goruntime.GC()
	goruntime.GC()
	var s goruntime.MemStats
	goruntime.ReadMemStats(&s)
	return int64(s.HeapAlloc + s.StackInuse)
}

const forever = time.Hour

func waitingTasks(rt *runtime.Runtime, o order) waiting {
	gate := runtime.NewChan[struct{}](0)
	wait := func() task { return gate.Recv() }
	if o.Sleep {
		wait = func() task { return runtime.Sleep(forever) }
	}
	open := func() task {
		gate.Close()
		return noop{}
	}
	all := func(n int, begin func() task) func() error {
		return func() error {
			_, err := runtime.BlockOn(context.Background(), rt, spawned(n, begin))
			return err
		}
	}
	return waiting{all(o.N, wait), all(1, open)}
}

func waitingGoroutines(o order) waiting {
	var begun, all sync.WaitGroup
	gate := make(chan struct{})
	wait := func() { // one for all: no allocation for each
		begun.Done()
		if o.Sleep {
			time.Sleep(forever)
		} else {
			<-gate
		}
		all.Done()
	}
	return waiting{func() error {
		begun.Add(o.N)
		all.Add(o.N)
		for range o.N {
			go wait()
		}
		begun.Wait()
		return nil
	}, func() error {
		close(gate)
		all.Wait()
		return nil
	}}
}

// A Million is the flags of million, which has a great many tasks wait for one thing, and then lets
// them go; and the same with goroutines.
type Million struct{ n int }

// Flags adds them to fs, at their defaults.
func (o *Million) Flags(fs *flag.FlagSet) {
	o.n = 1_000_000
	number(fs, &o.n, "n", 1, maxTimes, "how `many` wait: 1000000, unless it is set; a hundredth of that under all")
}

// Run prints the table.
func (o *Million) Run(ctx context.Context, env *kit.Env) error {
	n := o.n
	if env.All {
		n = max(n/shorter, 1)
	}
	a, err := inChild(ctx, env, order{Work: "waiters", Side: ours, N: n})
	b, failed := inChild(ctx, env, order{Work: "waiters", Side: goroutines, N: n})
	if err = errors.Join(err, failed); err != nil {
		return fmt.Errorf("million: %w", err)
	}
	w := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s that wait\ttasks\tgoroutines\tratio\t\n", thousands(n))
	for i, name := range []string{"spawned, until all wait: ms", "in memory: bytes each", "resident at most: bytes each", "woken, until all are over: ms"} {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", name, figure(a[i]), figure(b[i]), figure(ratio("", a[i], b[i])))
	}
	w.Flush()
	kib := func(each float64) string { return thousands(int(each*float64(n)) >> 10) }
	fmt.Fprintf(env.Out, "\n%s tasks wait in %s KiB; as many goroutines need %s KiB.\n%s\n", thousands(n), kib(a[1]), kib(b[1]), machine())
	return nil
}
