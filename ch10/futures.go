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
func asyncMain(r *kit.Requests, out io.Writer) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		fmt.Fprintln(out, "Program starting")
		txt, err := future.Wait(co, get(r, out, 600*time.Millisecond, "HelloAsyncAwait"))
		if r.OK(err) {
			fmt.Fprintln(out, txt)
		}
		txt, err = future.Wait(co, get(r, out, 400*time.Millisecond, "HelloAsyncAwait"))
		if r.OK(err) {
			fmt.Fprintln(out, txt)
		}
		return struct{}{}, nil
	})
}

// buffering collects the responses in a buffer, by way of a pointer to it. Both live across
// the waits.
func buffering(r *kit.Requests, out io.Writer) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		buffer := "\nBUFFER:\n----\n"
		writer := &buffer
		fmt.Fprintln(out, "Program starting")
		txt, err := future.Wait(co, get(r, out, 600*time.Millisecond, "HelloAsyncAwait"))
		if r.OK(err) {
			*writer += txt + "\n"
		}
		txt, err = future.Wait(co, get(r, out, 400*time.Millisecond, "HelloAsyncAwait"))
		if r.OK(err) {
			*writer += txt + "\n"
		}

		fmt.Fprintln(out, buffer)
		return struct{}{}, nil
	})
}

// get is http.Get of a message that takes so long. It says when it begins, and has a row in the timeline.
func get(r *kit.Requests, out io.Writer, d time.Duration, message string) future.Future[string] {
	path := r.Path(d, message)
	return future.Observe(http.Get(r.Addr, path), func() func(error) {
		fmt.Fprintln(out, "FIRST POLL - START OPERATION")
		return r.Row(path[1:])
	})
}

func futures(ctx context.Context, env *kit.Env) error {
	r, err := env.Requests()
	if err != nil {
		return err
	}
	defer r.Close()
	rt, err := runtime.New(runtime.Options{Log: env.Out})
	if err != nil {
		return err
	}
	defer rt.Shutdown(context.Background())
	if _, err = runtime.BlockOn(ctx, rt, asyncMain(r, env.Out)); err == nil {
		fmt.Fprintln(env.Out)
		_, err = runtime.BlockOn(ctx, rt, buffering(r, env.Out))
	}
	fmt.Fprintln(env.Out)
	return r.Finish(err)
}
