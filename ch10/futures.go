//go:build stackful

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"ch10/future"
	"ch10/http"
	"ch10/kit"
	"ch10/runtime"
)

// asyncMain makes two requests, one after the other.
func asyncMain(r *kit.Requests, say func(string)) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		say("Program starting")
		txt, err := future.Wait(co, get(r, say, 600*time.Millisecond))
		if r.OK(err) {
			say(txt)
		}
		txt, err = future.Wait(co, get(r, say, 400*time.Millisecond))
		if r.OK(err) {
			say(txt)
		}
		return struct{}{}, nil
	})
}

// buffering collects the responses in a buffer, through a pointer to it. Both live across
// the waits.
func buffering(r *kit.Requests, say func(string)) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		buffer := "\nBUFFER:\n----\n"
		writer := &buffer
		say("Program starting")
		txt, err := future.Wait(co, get(r, say, 600*time.Millisecond))
		if r.OK(err) {
			*writer += txt + "\n"
		}
		txt, err = future.Wait(co, get(r, say, 400*time.Millisecond))
		if r.OK(err) {
			*writer += txt + "\n"
		}

		say(buffer)
		return struct{}{}, nil
	})
}

func futures(ctx context.Context, env *kit.Env) error {
	r, err := env.Requests()
	if err != nil {
		return err
	}
	return run(env, r, env.Out, func(rt *runtime.Runtime, say func(string)) error {
		_, err := runtime.BlockOn(ctx, rt, asyncMain(r, say))
		if err == nil {
			say("")
			_, err = runtime.BlockOn(ctx, rt, buffering(r, say))
		}
		return err
	})
}

// get returns a future of the response that the server sends after d.
func get(r *kit.Requests, say func(string), d time.Duration) future.Future[string] {
	path := r.Path(d, "HelloAsyncAwait")
	return future.Observe(http.Get(r.Addr, path), func() func(error) {
		say("FIRST POLL - START OPERATION")
		return r.Row(path[1:])
	})
}

// run runs an example that makes requests, on a runtime that writes to log. The example prints its lines with say.
func run(env *kit.Env, r *kit.Requests, log io.Writer, example func(rt *runtime.Runtime, say func(line string)) error) error {
	defer r.Close()
	rt, err := runtime.New(runtime.Options{Log: log})
	if err != nil {
		return err
	}
	defer rt.Shutdown(context.Background())
	say := func(line string) { fmt.Fprintln(env.Out, line) }
	err = example(rt, say)
	say("")
	return r.Finish(err)
}
