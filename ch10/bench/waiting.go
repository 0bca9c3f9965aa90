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
func waiters(o order) (r report, err error) {
	if o.Side == goroutines {
		err = r.measure(o, waitingGoroutines(o))
	} else {
		err = withRuntime(o, func(rt *runtime.Runtime) error { return r.measure(o, waitingTasks(rt, o)) })
	}
	return r, err
}

// A waiting is done when all wait, and then when all are over.
type waiting struct{ spawn, wake func() error }

func (r *report) measure(o order, w waiting) error {
	before, inUse, begin := usage(), memoryInUse(), time.Now()
	if err := w.spawn(); err != nil {
		return err
	}
	r.Spawn, r.CPU = time.Since(begin), usage().since(before).CPU
	r.Live, r.Peak = memoryInUse()-inUse, usage().since(before).Peak
	if o.Sleep {
		return nil
	}
	begin = time.Now()
	err := w.wake()
	r.Wake = time.Since(begin)
	return err
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

func sleepers(ctx context.Context, _ *kit.Env, o order) ([]float64, error) {
	r, err := ask(ctx, o)
	each := func(total int64) float64 { return max(0, float64(total)/float64(o.N)) }
	return []float64{each(r.Live), each(r.Peak), each(int64(r.CPU))}, err
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
	a, err := ask(ctx, order{Work: "waiters", Side: ours, N: n})
	b, failed := ask(ctx, order{Work: "waiters", Side: goroutines, N: n})
	if err = errors.Join(err, failed); err != nil {
		return fmt.Errorf("million: %w", err)
	}
	w := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s that wait\ttasks\tgoroutines\tratio\t\n", thousands(n))
	row := func(name string, a, b float64) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", name, figure(a), figure(b), figure(ratio("", a, b)))
	}
	ms := func(d time.Duration) float64 { return d.Seconds() * 1e3 }
	each := func(bytes int64) float64 { return float64(bytes) / float64(n) }
	row("spawned, until all wait: ms", ms(a.Spawn), ms(b.Spawn))
	row("in memory: bytes each", each(a.Live), each(b.Live))
	row("resident at most: bytes each", each(a.Peak), each(b.Peak))
	row("woken, until all are over: ms", ms(a.Wake), ms(b.Wake))
	w.Flush()
	fmt.Fprintf(env.Out, "\n%s tasks wait in %s KiB; as many goroutines need %s KiB.\n%s\n",
		thousands(n), thousands(int(a.Live>>10)), thousands(int(b.Live>>10)), machine())
	return nil
}
