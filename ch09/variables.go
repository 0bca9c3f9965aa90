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
func counting(r *kit.Requests, say func(string)) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		counter := 0
		say("Program starting")
		txt, err := future.Wait(co, get(r, say, 600*time.Millisecond))
		if r.OK(err) {
			say(txt)
			counter++
		}
		txt, err = future.Wait(co, get(r, say, 400*time.Millisecond))
		if r.OK(err) {
			say(txt)
			counter++
		}

		say(fmt.Sprintf("Received %d responses.", counter))
		return struct{}{}, nil
	})
}

func variables(_ context.Context, env *kit.Env) error {
	return run(env, func(r *kit.Requests, say func(string)) error {
		return blockOn(env.Out, counting(r, say))
	})
}

// get returns the future of a response that takes d.
func get(r *kit.Requests, say func(string), d time.Duration) future.Future[string] {
	path := r.Path(d, "HelloAsyncAwait")
	return future.Observe(http.Get(r.Addr, path), func() func(error) {
		say("FIRST POLL - START OPERATION")
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

// run runs an example that makes requests, and prints the lines that it says.
func run(env *kit.Env, example func(r *kit.Requests, say func(line string)) error) error {
	r, err := env.Requests()
	if err != nil {
		return err
	}
	defer r.Close()
	say := func(line string) { fmt.Fprintln(env.Out, line) }
	err = example(r, say)
	say("")
	return r.Finish(err)
}
