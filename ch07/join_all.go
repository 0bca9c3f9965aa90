//go:build stackful

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ch07/future"
	"ch07/kit"
)

// request makes request i, and prints the response when it has come.
func request(r *kit.Requests, say func(string), i int) future.Future[string] {
	return future.Async(func(co *future.Co) (string, error) {
		txt, err := future.Wait(co, hello(r, i))
		if err != nil {
			return "", err
		}
		say(txt + "\n")
		return body(txt), nil
	})
}

// requestAll makes five futures, which do nothing yet, and one of all five. A poll of that one
// polls them all.
func requestAll(r *kit.Requests, say func(string)) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		say("Program starting")
		var futures []future.Future[string]
		for i := range 5 {
			futures = append(futures, request(r, say, i))
		}

		bodies, err := future.Wait(co, future.JoinAll(futures...))
		say(fmt.Sprintf("in the order of the futures: %q", bodies))
		return struct{}{}, err
	})
}

// body returns the part of a response behind its header.
func body(response string) string {
	_, b, _ := strings.Cut(response, "\r\n\r\n")
	return b
}

func joinAll(_ context.Context, env *kit.Env) error {
	return run(env, requestAll, func() { time.Sleep(env.Delay(10 * time.Millisecond)) })
}
