package main

import (
	"context"
	"errors"
	"fmt"

	"ch05/fiber"
	"ch05/kit"
)

// fibersClosure is the book's ch05/d-fibers-closure. The function of a fiber
// captures variables, as every Go closure may, and one fiber starts another.
func fibersClosure(_ context.Context, env *kit.Env) error {
	// The book prints this in its function guard. Here the program prints it.
	finished := func() { fmt.Fprintf(env.Out, "THREAD %d FINISHED.\n", fiber.ID()) }
	var nested error
	err := runFibers(fiber.Options{},
		func() {
			defer finished()
			fmt.Fprintln(env.Out, "I haven't implemented a timer in this example.")
			fiber.Yield()
			fmt.Fprintln(env.Out, "Finally, notice how the tasks are executed concurrently.")
		},
		func() {
			defer finished()
			fmt.Fprintln(env.Out, "But we can still nest tasks...")
			nested = fiber.Spawn(func() {
				defer finished()
				fmt.Fprintln(env.Out, "...like this!")
			})
		},
	)
	return errors.Join(err, nested)
}
