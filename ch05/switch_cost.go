package main

import (
	"context"
	"flag"

	"ch05/bench"
	"ch05/kit"
)

var switches int

func switchCostFlags(fs *flag.FlagSet) {
	fs.IntVar(&switches, "n", 1_000_000, "how many `switches` to measure at a time; of threads a hundredth")
}

// switchCost measures the cost of a switch in six ways, two of them of fibers.
func switchCost(_ context.Context, env *kit.Env) error {
	if switches < 1000 || switches > 1e9 {
		return kit.Usagef("-n %d: want a number from 1000 to 1000000000", switches)
	}
	return bench.Switches(env.Out, switches)
}
