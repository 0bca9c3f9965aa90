package main

import (
	"context"
	"errors"
	"fmt"

	"ch05/fiber"
	"ch05/kit"
)

// fibers is the book's ch05/c-fibers. Two threads of control share one goroutine,
// and no scheduler ends the turn of either.
func fibers(_ context.Context, env *kit.Env) error {
	thread := func(id, turns int) func() {
		return func() {
			fmt.Fprintf(env.Out, "THREAD %d STARTING\n", id)
			for i := range turns {
				fmt.Fprintf(env.Out, "thread: %d counter: %d\n", id, i)
				fiber.Yield()
			}
			fmt.Fprintf(env.Out, "THREAD %d FINISHED\n", id)
		}
	}
	return runFibers(fiber.Options{}, thread(1, 10), thread(2, 15))
}

// runFibers runs functions as fibers of a runtime of their own.
func runFibers(o fiber.Options, functions ...func()) (err error) {
	rt, err := fiber.New(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rt.Close()) }()
	for _, f := range functions {
		if err := fiber.Spawn(f); err != nil {
			return err
		}
	}
	return rt.Run()
}
