package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/trace"

	"ch10/kit"
)

var traceFile string

func init() {
	moreFlags = append(moreFlags, func(fs *flag.FlagSet, _ *kit.Env) {
		fs.StringVar(&traceFile, "trace", "", "record the example in `file`, for go tool trace; of all examples, the first")
	})
	for i := range examples {
		if e := &examples[i]; !isTool(e.Name) {
			e.Run = traced(e.Run)
		}
	}
}

// traced adds -trace to an example. The runtime sees by itself that a trace is recorded, and adds its tasks
// and polls.
func traced(run func(context.Context, *kit.Env) error) func(context.Context, *kit.Env) error {
	return func(ctx context.Context, env *kit.Env) error {
		name := traceFile
		if name == "" {
			return run(ctx, env)
		}
		traceFile = "" // a file holds one trace: the next example gets none
		f, err := os.Create(name)
		if err != nil {
			return fmt.Errorf("-trace: %w", err)
		}
		out := &stickyWriter{w: f} // package trace doesn't tell of errors
		if err := trace.Start(out); err != nil {
			f.Close()
			return fmt.Errorf("-trace: %w", err)
		}
		err = run(ctx, env)
		trace.Stop()
		if failed := cmp.Or(out.err, f.Close()); failed != nil {
			return errors.Join(err, fmt.Errorf("-trace: %w", failed))
		}
		return err
	}
}
