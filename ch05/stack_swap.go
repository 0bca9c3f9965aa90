package main

import (
	"context"
	"fmt"
	"unsafe"

	"ch05/fiber"
	"ch05/kit"
)

// stackSwap is the smallest use of a switch. It switches to a function on a new
// stack, and back. The book's function loops without end, because its stack has
// nothing to return to.
func stackSwap(_ context.Context, env *kit.Env) error {
	rt, err := fiber.New(fiber.Options{MaxFibers: 1})
	if err != nil {
		return err
	}
	defer rt.Close()
	var here fiber.Context
	there, _, err := rt.Prepare(func() {
		fmt.Fprintln(env.Out, "I LOVE WAKING UP ON A NEW STACK!")
		fmt.Fprintf(env.Out, "  a local variable is at %#x\n", where())
	}, &here)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "before the switch, on the goroutine's stack\n  a local variable is at %#x\n", where())
	fiber.Switch(&here, there)
	fmt.Fprintf(env.Out, "and back again\n  a local variable is at %#x\n", where())
	return nil
}

// where returns the address of a variable in its own frame.
//
//go:noinline
func where() uintptr {
	var local byte
	return uintptr(unsafe.Pointer(&local))
}
