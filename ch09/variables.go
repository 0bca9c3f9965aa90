//go:build stackful

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"ch09/future"
	"ch09/http"
	"ch09/kit"
	"ch09/runtime"
)

// counting counts responses. Its counter lives across both waits.
func counting(out io.Writer, r *kit.Requests) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		counter := 0
		fmt.Fprintln(out, "Program starting")
		txt, err := future.Wait(co, get(out, r, 600*time.Millisecond))
		if r.OK(err) {
			fmt.Fprintln(out, txt)
			counter++
		}
		txt, err = future.Wait(co, get(out, r, 400*time.Millisecond))
		if r.OK(err) {
			fmt.Fprintln(out, txt)
			counter++
		}

		fmt.Fprintf(out, "Received %d responses.\n", counter)
		return struct{}{}, nil
	})
}

func variables(_ context.Context, env *kit.Env) error {
	return run(env, func(r *kit.Requests) error {
		return blockOn(env.Out, counting(env.Out, r))
	})
}

// get returns the future of a response that takes so long.
func get(out io.Writer, r *kit.Requests, d time.Duration) future.Future[string] {
	path := r.Path(d, "HelloAsyncAwait")
	return future.Observe(http.Get(r.Addr, path), func() func(error) {
		fmt.Fprintln(out, "FIRST POLL - START OPERATION")
		return r.Row(path[1:])
	})
}

// blockOn runs one task.
func blockOn(out io.Writer, f future.Future[struct{}]) error {
	ex, err := runtime.Init()
	if err != nil {
		return err
	}
	ex.Log = out
	return ex.BlockOn(f)
}

// run runs an example that makes requests.
func run(env *kit.Env, example func(*kit.Requests) error) error {
	r, err := env.Requests()
	if err != nil {
		return err
	}
	defer r.Close()
	err = example(r)
	fmt.Fprintln(env.Out)
	return r.Finish(err)
}
