package main

import (
	"context"
	"fmt"
	"runtime"
	"text/tabwriter"

	"ch05/fiber"
	"ch05/kit"
)

// showStack prints the stack and the context that the first switch to a fiber will
// find. It prints the stack from the top down to two words below the first word in
// use.
func showStack(_ context.Context, env *kit.Env) error {
	rt, err := fiber.New(fiber.Options{MaxFibers: 1})
	if err != nil {
		return err
	}
	defer rt.Close()
	c, stack, err := rt.Prepare(func() {}, nil)
	if err != nil {
		return err
	}
	first := runtime.FuncForPC(c.LR).Name()
	w := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
	show := func(word *uintptr, what string) { fmt.Fprintf(w, "\t%p\t%#x\t%s\n", word, *word, what) }
	fmt.Fprintln(w, "the stack, from the top down\taddress\tvalue\twhat it is")
	used := len(stack) - 8 // the first word
	for i := len(stack) - 1; i >= used-2; i-- {
		switch {
		case stack[i] == c.LR:
			show(&stack[i], first+": popped by switchTo, which jumps there")
		case i < used:
			show(&stack[i], "free: the frame of "+first+" and all that it calls")
		default:
			show(&stack[i], "nothing: room above the first frame")
		}
	}
	w.Flush()
	fmt.Fprintln(w, "\nthe context\taddress\tvalue\twhat it is")
	show(&c.SP, "sp: the stack pointer")
	show(&c.LR, "lr: where to go on; "+first+" (arm64)")
	show(&c.BP, "bp: the frame pointer; none before the first frame")
	show(&c.Panics, "panics: g._panic")
	show(&c.Defers, "defers: g._defer")
	show(&c.Lo, "lo: g.stack.lo, a little above the guard page")
	show(&c.Hi, "hi: g.stack.hi, the end of the arena")
	show(&c.Top, "top: g.stktopsp")
	return w.Flush()
}
