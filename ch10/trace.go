package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/trace"

	"ch10/kit"
)

// traced adds the flag -trace to the examples that have a letter. The runtime adds its tasks and polls while a trace is
// recorded.
func traced(examples []kit.Example) []kit.Example {
	for i := range examples {
		e := &examples[i]
		if e.Letter == "" {
			continue
		}
		flags, run, file := e.Flags, e.Run, ""
		e.Flags = func(fs *flag.FlagSet) {
			fs.StringVar(&file, "trace", "", "record the example in `file`, for go tool trace")
			if flags != nil {
				flags(fs)
			}
		}
		e.Run = func(ctx context.Context, env *kit.Env) error {
			if file == "" {
				return run(ctx, env)
			}
			return record(file, func() error { return run(ctx, env) })
		}
	}
	return examples
}

// record runs an example and writes a trace of it to file.
func record(file string, run func() error) error {
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("-trace: %w", err)
	}
	defer f.Close()
	out := bufio.NewWriter(f) // keeps a write's error, which package trace doesn't return
	if err := trace.Start(out); err != nil {
		return fmt.Errorf("-trace: %w", err)
	}
	err = run()
	trace.Stop()
	if failed := cmp.Or(out.Flush(), f.Close()); failed != nil {
		err = errors.Join(err, fmt.Errorf("-trace: %w", failed))
	}
	return err
}
