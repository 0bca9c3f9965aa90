//go:build stackful

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"ch07/future"
	"ch07/kit"
)

// asyncMain makes five requests. The next begins when the last is done: to wait is
// to wait.
func asyncMain(out io.Writer, r *kit.Requests) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		fmt.Fprintln(out, "Program starting")

		txt, err := future.Wait(co, hello(r, 0))
		show(out, r, txt, err)
		txt, err = future.Wait(co, hello(r, 1))
		show(out, r, txt, err)
		txt, err = future.Wait(co, hello(r, 2))
		show(out, r, txt, err)
		txt, err = future.Wait(co, hello(r, 3))
		show(out, r, txt, err)
		txt, err = future.Wait(co, hello(r, 4))
		show(out, r, txt, err)
		return struct{}{}, nil
	})
}

// hello is the book's get_path: response i takes i seconds.
func hello(r *kit.Requests, i int) future.Future[string] {
	return get(r, time.Duration(i)*time.Second, fmt.Sprint("HelloWorld", i))
}

func asyncAwait(_ context.Context, env *kit.Env) error {
	return run(env, asyncMain, func() { time.Sleep(env.Delay(10 * time.Millisecond)) })
}
