//go:build stackful

package main

import (
	"context"
	"fmt"
	"time"

	"ch07/future"
	"ch07/kit"
)

// asyncMain makes five requests, one after the other. Each begins when the response to the
// one before has come.
func asyncMain(r *kit.Requests, say func(string)) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		say("Program starting")

		txt, err := future.Wait(co, hello(r, 0))
		show(r, say, txt, err)
		txt, err = future.Wait(co, hello(r, 1))
		show(r, say, txt, err)
		txt, err = future.Wait(co, hello(r, 2))
		show(r, say, txt, err)
		txt, err = future.Wait(co, hello(r, 3))
		show(r, say, txt, err)
		txt, err = future.Wait(co, hello(r, 4))
		show(r, say, txt, err)
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
