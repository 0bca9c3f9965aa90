//go:build stackful

package main

import (
	"context"
	"fmt"
	"time"

	"ch08/future"
	"ch08/kit"
	"ch08/runtime"
)

// request makes request i, which takes i seconds.
func request(r *kit.Requests, say func(string), ex *runtime.Executor, i int) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		message := fmt.Sprint("HelloWorld", i)
		txt, err := future.Wait(co, get(r, say, ex, time.Duration(i)*time.Second, message))
		if r.OK(err) {
			say(txt)
		}
		return struct{}{}, nil
	})
}

// asyncMain spawns five tasks. It waits for none of them, because the executor does.
func asyncMain(r *kit.Requests, say func(string), ex *runtime.Executor) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		say("Program starting")
		for i := range 5 {
			runtime.Spawn(ex, request(r, say, ex, i))
		}
		return struct{}{}, nil
	})
}

func concurrent(_ context.Context, env *kit.Env) error {
	return run(env, func(r *kit.Requests, say func(string)) error {
		ex, err := runtime.Init()
		if err != nil {
			return err
		}
		ex.Log = env.Out
		return ex.BlockOn(asyncMain(r, say, ex))
	})
}
