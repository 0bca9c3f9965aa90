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
func request(s *session, ex *runtime.Executor, i int) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		path := s.path(time.Duration(i)*time.Second, fmt.Sprintf("HelloWorld%d", i))
		txt, err := future.Wait(co, s.get(ex, path))
		s.print(txt, err)
		return struct{}{}, nil
	})
}

// asyncMain spawns five tasks. It waits for none of them: that is the executor's to do.
func asyncMain(s *session, ex *runtime.Executor) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		fmt.Fprintln(s.env.Out, "Program starting")
		for i := range 5 {
			runtime.Spawn(ex, request(s, ex, i))
		}
		return struct{}{}, nil
	})
}

func concurrent(_ context.Context, env *kit.Env) error {
	s, err := env.session()
	if err != nil {
		return err
	}
	defer s.close()
	return s.finish(s.blockOn("main", func(ex *runtime.Executor) future.Future[struct{}] {
		return asyncMain(s, ex)
	}))
}
