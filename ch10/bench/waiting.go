package bench

import (
	"context"
	"flag"
	"fmt"
	goruntime "runtime"
	"sync"
	"text/tabwriter"
	"time"

	"ch10/kit"
	"ch10/runtime"
)

// measured is what all that wait cost together.
type measured struct {
	Live, Peak int64         // bytes that they add: to what a collection leaves; to what is resident at most
	CPU        time.Duration // until all wait
	Spawn      time.Duration // the same on the clock
	Wake       time.Duration // until all are over; 0 if they sleep
}

// waiters has o.N tasks, or goroutines, wait.
func waiters(o order) (any, func() error, error) {
	spawn, wake := waitingGoroutines(o)
	if o.Side == ours {
		rt, err := runtime.New(runtime.Options{})
		if err != nil {
			return nil, nil, err
		}
		defer rt.Shutdown(context.Background())
		spawn, wake = waitingTasks(rt, o)
	}
	before, inUse, begin := usage(), memoryInUse(), time.Now()
	if err := spawn(); err != nil {
		return nil, nil, err
	}
	m := measured{Spawn: time.Since(begin), CPU: usage().since(before).CPU}
	m.Live, m.Peak = memoryInUse()-inUse, usage().since(before).Peak
	if o.Sleep {
		return m, nil, nil
	}
	begin = time.Now()
	err := wake()
	m.Wake = time.Since(begin)
	return m, nil, err
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

// waitingTasks returns what ends when all wait, and what ends when all are over.
func waitingTasks(rt *runtime.Runtime, o order) (spawn, wake func() error) {
	gate := runtime.NewChan[struct{}](0)
	wait := func() task { return gate.Recv() }
	if o.Sleep {
		wait = func() task { return runtime.Sleep(forever) }
	}
	open := func() task {
		gate.Close()
		return noop{}
	}
	block := func(f task) error {
		_, err := runtime.BlockOn(context.Background(), rt, f)
		return err
	}
	return func() error { return block(spawned(o.N, wait)) }, func() error { return block(spawned(1, open)) }
}

func waitingGoroutines(o order) (spawn, wake func() error) {
	gate := make(chan struct{})
	var begun, all sync.WaitGroup
	wait := func() { // one for all: no allocation for each
		begun.Done()
		if o.Sleep {
			time.Sleep(forever)
		} else {
			<-gate
		}
		all.Done()
	}
	spawn = func() error {
		begun.Add(o.N)
		all.Add(o.N)
		for range o.N {
			go wait()
		}
		begun.Wait()
		return nil
	}
	return spawn, func() error {
		close(gate)
		all.Wait()
		return nil
	}
}

func sleepers(ctx context.Context, _ *kit.Env, n int, s side) ([]float64, error) {
	var m measured
	if err := ask(ctx, &m, order{Work: "waiters", Side: s, N: n, Sleep: true}); err != nil {
		return nil, err
	}
	each := func(total int64) float64 { return max(0, float64(total)/float64(n)) }
	return []float64{each(m.Live), each(m.Peak), each(int64(m.CPU))}, nil
}

// A Million is the flags of million, which has a great many tasks wait for one thing, and then lets
// them go; and the same with goroutines.
type Million struct{ n int }

// Flags adds them to fs, at their defaults.
func (o *Million) Flags(fs *flag.FlagSet) {
	fs.IntVar(&o.n, "n", 1_000_000, "how `many` wait; a hundredth of that under all")
}

// Run prints the table.
func (o *Million) Run(ctx context.Context, env *kit.Env) error {
	size := o.n
	if env.All {
		size /= shorter
	}
	if size < 1 || size > maxTimes {
		return kit.Usagef("-n %d: want a number from 1 to %d", size, maxTimes)
	}
	var m [2]measured
	for i, s := range []side{ours, goroutines} {
		if err := ask(ctx, &m[i], order{Work: "waiters", Side: s, N: size}); err != nil {
			return fmt.Errorf("million: %s: %w", s, err)
		}
	}
	w := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s that wait\ttasks\tgoroutines\tratio\t\n", thousands(size))
	row := func(name string, of func(measured) float64) {
		a, b := of(m[0]), of(m[1])
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", name, figure(a), figure(b), figure(unit{}.ratio(a, b)))
	}
	row("spawned, until all wait: ms", func(m measured) float64 { return m.Spawn.Seconds() * 1e3 })
	row("in memory: bytes each", func(m measured) float64 { return float64(m.Live) / float64(size) })
	row("resident at most: bytes each", func(m measured) float64 { return float64(m.Peak) / float64(size) })
	row("woken, until all are over: ms", func(m measured) float64 { return m.Wake.Seconds() * 1e3 })
	w.Flush()
	fmt.Fprintf(env.Out, "\n%s tasks wait in %s KiB; as many goroutines need %s KiB.\n%s\n",
		thousands(size), thousands(int(m[0].Live>>10)), thousands(int(m[1].Live>>10)), machine())
	return nil
}
