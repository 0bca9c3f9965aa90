package bench

import (
	"context"
	"flag"
	"fmt"
	"text/tabwriter"

	"ch10/kit"
)

// million has a great many tasks wait for one thing, and then lets them go; and the same with goroutines.

var crowdSize int

func millionFlags(fs *flag.FlagSet) {
	size := 1_000_000
	if !named(fs) {
		size /= shorter
	}
	fs.IntVar(&crowdSize, "n", size, "how `many` wait; a hundredth of that under all")
}

func million(ctx context.Context, env *kit.Env) error {
	if crowdSize < 1 || crowdSize > maxTimes {
		return kit.Usagef("-n %d: want a number from 1 to %d", crowdSize, maxTimes)
	}
	var m [2]measured
	for i, s := range []side{ours, goroutines} {
		if err := ask(ctx, &m[i], "waiters", s, "gate", crowdSize); err != nil {
			return fmt.Errorf("million: %s: %w", s, err)
		}
	}
	n := float64(crowdSize)
	w := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s that wait\ttasks\tgoroutines\tratio\t\n", thousands(crowdSize))
	for _, row := range []struct {
		name string
		of   func(measured) float64
	}{
		{"spawned, until all wait: ms", func(m measured) float64 { return m.Spawn.Seconds() * 1e3 }},
		{"in memory: bytes each", func(m measured) float64 { return float64(m.Live) / n }},
		{"resident at most: bytes each", func(m measured) float64 { return float64(m.Peak) / n }},
		{"woken, until all are over: ms", func(m measured) float64 { return m.Wake.Seconds() * 1e3 }},
	} {
		a, b := row.of(m[0]), row.of(m[1])
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", row.name, figure(a), figure(b), figure(unit{}.ratio(a, b)))
	}
	w.Flush()
	fmt.Fprintf(env.Out, "\n%s tasks wait in %s KiB; as many goroutines need %s KiB.\n",
		thousands(crowdSize), thousands(int(m[0].Live>>10)), thousands(int(m[1].Live>>10)))
	machine(env.Out)
	fmt.Fprintln(env.Out)
	return nil
}
