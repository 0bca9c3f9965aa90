//go:build stackful

package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"ch07/future"
	"ch07/kit"
)

// request makes request i, and prints the response when it is there.
func request(out io.Writer, r *kit.Requests, i int) future.Future[string] {
	return future.Async(func(co *future.Co) (string, error) {
		txt, err := future.Wait(co, hello(r, i))
		if err != nil {
			return "", err
		}
		show(out, r, txt, nil)
		return body(txt), nil
	})
}

// requestAll makes five futures, which do nothing yet, and one of all: whenever that is
// polled, so are they.
func requestAll(out io.Writer, r *kit.Requests) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		fmt.Fprintln(out, "Program starting")
		var futures []future.Future[string]
		for i := range 5 {
			futures = append(futures, request(out, r, i))
		}

		bodies, err := future.Wait(co, future.JoinAll(futures...))
		fmt.Fprintf(out, "in the order of the futures: %q\n", bodies)
		return struct{}{}, err
	})
}

// body returns what stands behind a response's header.
func body(response string) string {
	_, b, _ := strings.Cut(response, "\r\n\r\n")
	return b
}

func joinAll(_ context.Context, env *kit.Env) error {
	return run(env, requestAll, func() { time.Sleep(env.Delay(10 * time.Millisecond)) })
}
