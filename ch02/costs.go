package main

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"ch02/kit"
)

// costs measures what a unit of each model costs: a thread, a goroutine, a
// timer's callback, a promise, a coroutine. All numbers come from this run;
// -speed doesn't change them.

var threadUnits, otherUnits int

func costsFlags(fs *flag.FlagSet) {
	fs.IntVar(&threadUnits, "threads", 1000, "how many threads to measure with")
	fs.IntVar(&otherUnits, "n", 100_000, "how many of every other unit")
}

const (
	minThreads, maxThreads = 10, 8000 // Go itself gives up at 10,000 (debug.SetMaxThreads)
	minUnits, maxUnits     = 1000, 1_000_000
	rounds                 = 5 // the median counts
)

// A measurement is of one model, per unit.
type measurement struct {
	model
	units                  int
	createNs, switchNs     float64
	bytes                  float64
	creations, switchTimes []float64
}

func costs(_ context.Context, env *kit.Env) error {
	switch {
	case threadUnits < minThreads || threadUnits > maxThreads:
		return kit.Usagef("-threads %d: want a number from %d to %d", threadUnits, minThreads, maxThreads)
	case otherUnits < minUnits || otherUnits > maxUnits:
		return kit.Usagef("-n %d: want a number from %d to %d", otherUnits, minUnits, maxUnits)
	}
	if err := roomForThreads(threadUnits); err != nil {
		return err
	}
	var all []*measurement
	for _, m := range models {
		units := otherUnits
		if m.threads {
			units = threadUnits
		}
		all = append(all, &measurement{model: m, units: units})
	}
	measureMemory(all)
	measureTime(all)
	printCosts(env, all)
	return nil
}

// measureMemory must come first, and all units stay alive until the last are
// counted: Go keeps what a finished goroutine leaves behind for the next one,
// and a second batch would look cheaper than it is.
func measureMemory(all []*measurement) {
	var release []func()
	for _, m := range all {
		before := memoryInUse()
		release = append(release, m.wait(m.units))
		grown := float64(memoryInUse()) - float64(before)
		m.bytes = max(grown, 1) / float64(m.units)
	}
	for _, r := range release {
		r()
	}
}

// memoryInUse is what Go has handed out and not got back: heap and stacks. That
// the heap holds no garbage takes two collections: objects with a finalizer, and
// what they point to, survive the first.
func memoryInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc + s.StackInuse
}

// measureTime takes the models in turn, so that a busy moment of the machine
// spoils one round of each and not all rounds of one.
func measureTime(all []*measurement) {
	for range rounds {
		for _, m := range all {
			runtime.GC()
			m.creations = append(m.creations, perUnit(m.units, m.create))
			m.switchTimes = append(m.switchTimes, perUnit(min(m.units*2, 20_000), m.swap))
		}
	}
	for _, m := range all {
		m.createNs, m.switchNs = median(m.creations), median(m.switchTimes)
	}
}

// perUnit repeats a job for n units until it has taken long enough for the
// clock, which on Windows moves once in a millisecond. In nanoseconds.
func perUnit(n int, job func(n int)) float64 {
	units := 0
	for start := time.Now(); ; {
		job(n)
		units += n
		if took := time.Since(start); took >= 10*time.Millisecond {
			return float64(took) / float64(units)
		}
	}
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

func printCosts(env *kit.Env, all []*measurement) {
	fmt.Fprintf(env.Out, "%s, %s/%s, %d CPUs; median of %d rounds; × = times the cheapest\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds)
	create, swap, bytes := all[0].createNs, all[0].switchNs, all[0].bytes
	for _, m := range all {
		create, swap, bytes = min(create, m.createNs), min(swap, m.switchNs), min(bytes, m.bytes)
	}
	w := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%-14s\tunits\tcreate+finish\t×\tswitch\t×\tmemory, waiting\t×\t\n", "model")
	for _, m := range all {
		fmt.Fprintf(w, "%-14s\t%d\t%.0f ns\t%.1f\t%.0f ns\t%.1f\t%.0f B\t%.1f\t\n", m.name, m.units,
			m.createNs, m.createNs/create, m.switchNs, m.switchNs/swap, m.bytes, m.bytes/bytes)
	}
	w.Flush()
	fmt.Fprintln(env.Out, "\nwhat was measured")
	for _, m := range all {
		fmt.Fprintf(env.Out, "  %s: %s\n", m.name, m.note)
	}
	fmt.Fprintln(env.Out, "  memory: growth of Go's heap and stacks; a thread's is reserved, and mostly never touched.")
	fmt.Fprintln(env.Out, "  Not in it: the kernel's own stack for each thread (16 KiB on Linux), and a stack that the")
	fmt.Fprintln(env.Out, "  system itself gives a thread (Windows, macOS).")
}
