package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"ch05/fiber"
	"ch05/kit"
)

// showStack prints what the first switch to a fiber will find.
func showStack(_ context.Context, env *kit.Env) error {
	rt, err := fiber.New(fiber.Options{MaxFibers: 1})
	if err != nil {
		return err
	}
	defer rt.Close()
	stack, registers, err := rt.Prepared(func() {})
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "the stack, from the top down\taddress\tvalue\twhat it is")
	print := func(words []fiber.Word) {
		for _, word := range words {
			fmt.Fprintf(w, "\t%#x\t%#x\t%s\n", word.Addr, word.Value, word.Name)
		}
	}
	print(stack)
	w.Flush()
	fmt.Fprintln(w, "\nthe context\taddress\tvalue\twhat it is")
	print(registers)
	return w.Flush()
}
