//go:build stackful

package main

import (
	"context"
	"fmt"

	"ch07/future"
	"ch07/kit"
)

// request makes request i, and prints the response when it is there.
func request(s *session, i int) future.Future[string] {
	return future.Async(func(co *future.Co) (string, error) {
		path := s.path(i)
		txt, err := future.Wait(co, s.get(path))
		if err != nil {
			return "", err
		}
		s.print(txt, nil)
		return body(txt), nil
	})
}

// requestAll makes five futures, which do nothing yet, and one of all: whenever that is
// polled, so are they.
func requestAll(s *session) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		fmt.Fprintln(s.env.Out, "Program starting")
		var futures []future.Future[string]
		for i := range 5 {
			futures = append(futures, request(s, i))
		}

		bodies, err := future.Wait(co, future.JoinAll(futures...))
		fmt.Fprintf(s.env.Out, "in the order of the futures: %q\n", bodies)
		return struct{}{}, err
	})
}

func joinAll(_ context.Context, env *kit.Env) error {
	s, err := env.session()
	if err != nil {
		return err
	}
	defer s.close()
	return s.run(requestAll(s))
}
