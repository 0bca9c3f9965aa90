//go:build stackful

package main

import (
	"context"
	"fmt"
	"time"

	"ch09/future"
	"ch09/kit"
)

// counting counts responses. Its counter lives across both waits.
func counting(s *session) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		counter := 0
		fmt.Fprintln(s.env.Out, "Program starting")
		txt, err := future.Wait(co, s.get(600*time.Millisecond, "HelloAsyncAwait"))
		if s.came(err) {
			fmt.Fprintln(s.env.Out, txt)
			counter++
		}
		txt, err = future.Wait(co, s.get(400*time.Millisecond, "HelloAsyncAwait"))
		if s.came(err) {
			fmt.Fprintln(s.env.Out, txt)
			counter++
		}

		fmt.Fprintf(s.env.Out, "Received %d responses.\n", counter)
		return struct{}{}, nil
	})
}

func variables(_ context.Context, env *kit.Env) error {
	s, err := env.session()
	if err != nil {
		return err
	}
	defer s.close()
	return s.finish(s.blockOn(counting(s)))
}
