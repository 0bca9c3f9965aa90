//go:build stackful

package main

import (
	"context"
	"fmt"
	"time"

	"ch10/future"
	"ch10/kit"
)

// asyncMain makes two requests, one after the other.
func asyncMain(s *session) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		fmt.Fprintln(s.env.Out, "Program starting")
		txt, err := future.Wait(co, s.get(600*time.Millisecond, "HelloAsyncAwait"))
		if s.came(err) {
			fmt.Fprintln(s.env.Out, txt)
		}
		txt, err = future.Wait(co, s.get(400*time.Millisecond, "HelloAsyncAwait"))
		if s.came(err) {
			fmt.Fprintln(s.env.Out, txt)
		}
		return struct{}{}, nil
	})
}

// buffering collects the responses in a buffer, by way of a pointer to it. Both live across
// the waits.
func buffering(s *session) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		buffer := "\nBUFFER:\n----\n"
		writer := &buffer
		fmt.Fprintln(s.env.Out, "Program starting")
		txt, err := future.Wait(co, s.get(600*time.Millisecond, "HelloAsyncAwait"))
		if s.came(err) {
			*writer += txt + "\n"
		}
		txt, err = future.Wait(co, s.get(400*time.Millisecond, "HelloAsyncAwait"))
		if s.came(err) {
			*writer += txt + "\n"
		}

		fmt.Fprintln(s.env.Out, buffer)
		return struct{}{}, nil
	})
}

func futures(ctx context.Context, env *kit.Env) error {
	s, err := env.session(env.Out)
	if err != nil {
		return err
	}
	defer s.close()
	if err = s.blockOn(ctx, asyncMain(s)); err == nil {
		fmt.Fprintln(env.Out)
		err = s.blockOn(ctx, buffering(s))
	}
	return s.finish(err)
}
