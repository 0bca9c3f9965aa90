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

// twoRequests makes one request, and then another.
func twoRequests(s *session, get func(path string) future.Future[string]) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		fmt.Fprintln(s.env.Out, "Program starting")
		txt, err := future.Wait(co, get(s.path(600*time.Millisecond, "HelloAsyncAwait")))
		s.print(txt, err)
		txt, err = future.Wait(co, get(s.path(400*time.Millisecond, "HelloAsyncAwait")))
		s.print(txt, err)
		return struct{}{}, nil
	})
}

func reactorExecutor(_ context.Context, env *kit.Env) error {
	s, err := env.session()
	if err != nil {
		return err
	}
	defer s.close()
	return s.finish(s.blockOn("main", func(ex *runtime.Executor) future.Future[struct{}] {
		return twoRequests(s, func(path string) future.Future[string] { return s.get(ex, path) })
	}))
}
