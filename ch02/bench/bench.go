// Package bench measures the cost of a unit of a model, which may be a thread,
// a goroutine or a callback. All numbers come from the current run.
package bench

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// A Model makes its units do the three things that are measured.
type Model struct {
	Name, Note string
	Units      int
	Create     func(n int)              // n units that begin and end; returns when all have
	Swap       func(n int)              // n times from one unit to another
	Wait       func(n int) (end func()) // n units that have begun and wait, until end

	creates, swaps []float64 // nanoseconds for a unit, in each round
	bytes          float64   // of a unit that waits
}

const rounds = 5 // the median counts

// Run measures the models and prints a table.
func Run(w io.Writer, models []*Model) {
	measureMemory(models)
	measureTime(models)
	table(w, models)
}

// measureMemory must come first, and all units stay alive until the last are
// counted. Otherwise a later batch would look cheaper than it is, because Go
// reuses the memory of finished goroutines.
func measureMemory(models []*Model) {
	for _, m := range models {
		before := memoryInUse()
		defer m.Wait(m.Units)()
		m.bytes = max(float64(memoryInUse())-float64(before), 1) / float64(m.Units)
	}
}

// memoryInUse returns the bytes that Go's heap and stacks use. It collects
// garbage twice, because objects with a finalizer, and everything that they
// point to, survive the first collection.
func memoryInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc + s.StackInuse
}

// measureTime takes the models in turn, so that a busy moment of the machine
// spoils one round of each and not all rounds of one.
func measureTime(models []*Model) {
	for range rounds {
		for _, m := range models {
			runtime.GC()
			m.creates = append(m.creates, perUnit(m.Units, m.Create))
			m.swaps = append(m.swaps, perUnit(min(m.Units*2, 20_000), m.Swap))
		}
	}
}

// perUnit returns the nanoseconds that job takes for a unit. It repeats the
// job until it has taken long enough for the clock, which on Windows moves
// once in a millisecond.
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

func table(w io.Writer, models []*Model) {
	fmt.Fprintf(w, "%s, %s/%s, %d CPUs; median of %d rounds; × = times the cheapest\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds)
	var create, swap, bytes []float64
	for _, m := range models {
		create, swap, bytes = append(create, median(m.creates)), append(swap, median(m.swaps)), append(bytes, m.bytes)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "%-14s\tunits\tcreate+finish\t×\tswitch\t×\tmemory, waiting\t×\t\n", "model")
	for i, m := range models {
		fmt.Fprintf(tw, "%-14s\t%d\t%.0f ns\t%.1f\t%.0f ns\t%.1f\t%.0f B\t%.1f\t\n", m.Name, m.Units,
			create[i], create[i]/slices.Min(create), swap[i], swap[i]/slices.Min(swap), bytes[i], bytes[i]/slices.Min(bytes))
	}
	tw.Flush()
	fmt.Fprintln(w, "\nwhat was measured")
	for _, m := range models {
		fmt.Fprintf(w, "  %s: %s\n", m.Name, m.Note)
	}
	fmt.Fprint(w, `  memory: growth of Go's heap and stacks; a thread's is reserved, and mostly never touched.
  Not in it: the kernel's own stack for each thread (16 KiB on Linux), and a stack that the
  system itself gives a thread (Windows, macOS).
`)
}

func median(rounds []float64) float64 { return slices.Sorted(slices.Values(rounds))[len(rounds)/2] }
