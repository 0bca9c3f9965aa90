//go:build stackful

package main

import (
	"context"
	"time"

	"ch08/future"
	"ch08/http"
	"ch08/kit"
	"ch08/runtime"
)

// twoRequests makes one request, and then another.
func twoRequests(r *kit.Requests, say func(string), get func(time.Duration, string) future.Future[string]) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		say("Program starting")
		txt, err := future.Wait(co, get(600*time.Millisecond, "HelloAsyncAwait"))
		if r.OK(err) {
			say(txt)
		}
		txt, err = future.Wait(co, get(400*time.Millisecond, "HelloAsyncAwait"))
		if r.OK(err) {
			say(txt)
		}
		return struct{}{}, nil
	})
}

// get returns the future of a response that takes d, for a task of ex.
func get(r *kit.Requests, say func(string), ex *runtime.Executor, d time.Duration, message string) future.Future[string] {
	return observe(r, say, ex.Name+" "+message, http.Get(r.Addr, r.Path(d, message)))
}

func reactorExecutor(_ context.Context, env *kit.Env) error {
	return run(env, func(r *kit.Requests, say func(string)) error {
		ex, err := runtime.Init()
		if err != nil {
			return err
		}
		ex.Log = env.Out
		return ex.BlockOn(twoRequests(r, say, func(d time.Duration, message string) future.Future[string] {
			return get(r, say, ex, d, message)
		}))
	})
}
