package main

import (
	"context"
	"errors"
	"fmt"

	"ch05/fiber"
	"ch05/kit"
)

// fibers is the book's ch05/c-fibers: two threads of control, one goroutine,
// and no scheduler that takes a turn away from anybody.
func fibers(_ context.Context, env *kit.Env) error {
	return runFibers(
		func() {
			fmt.Fprintln(env.Out, "THREAD 1 STARTING")
			id := 1
			for i := range 10 {
				fmt.Fprintf(env.Out, "thread: %d counter: %d\n", id, i)
				fiber.Yield()
			}
			fmt.Fprintln(env.Out, "THREAD 1 FINISHED")
		},
		func() {
			fmt.Fprintln(env.Out, "THREAD 2 STARTING")
			id := 2
			for i := range 15 {
				fmt.Fprintf(env.Out, "thread: %d counter: %d\n", id, i)
				fiber.Yield()
			}
			fmt.Fprintln(env.Out, "THREAD 2 FINISHED")
		},
	)
}

// runFibers runs functions as fibers of a runtime of their own.
func runFibers(functions ...func()) (err error) {
	rt, err := fiber.New(fiber.Options{})
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
