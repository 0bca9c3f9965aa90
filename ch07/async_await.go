//go:build stackful

package main

import (
	"context"
	"fmt"

	"ch07/future"
	"ch07/kit"
)

// asyncMain makes five requests. The next begins when the last is done: to wait is
// to wait.
func asyncMain(s *session) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		fmt.Fprintln(s.env.Out, "Program starting")

		txt, err := future.Wait(co, s.get(s.path(0)))
		s.print(txt, err)
		txt, err = future.Wait(co, s.get(s.path(1)))
		s.print(txt, err)
		txt, err = future.Wait(co, s.get(s.path(2)))
		s.print(txt, err)
		txt, err = future.Wait(co, s.get(s.path(3)))
		s.print(txt, err)
		txt, err = future.Wait(co, s.get(s.path(4)))
		s.print(txt, err)
		return struct{}{}, nil
	})
}

func asyncAwait(_ context.Context, env *kit.Env) error {
	s, err := env.session()
	if err != nil {
		return err
	}
	defer s.close()
	return s.run(asyncMain(s))
}
