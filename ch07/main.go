package main

import (
	"os"

	"ch07/kit"
)

const (
	chapter  = "ch07"
	headline = "join-all"
)

var examples = []kit.Example{
	{Letter: "a", Name: "coroutine", Section: "An example of hand-written coroutines",
		Doc: "two requests in a state machine, written by hand", Run: coroutine},
	{Letter: "b", Name: "async-await", Section: "async/await",
		Doc: "five requests one after the other, in a state machine written by corofy", Run: asyncAwait},
	{Letter: "c", Name: "join-all", Section: "Concurrent futures",
		Doc: "the same five at once", Run: joinAll},
	{Letter: "d", Name: "stackful", Section: "Final thoughts",
		Doc: "a coroutine that keeps a stack, and what each kind costs", Run: stackful},
	{Name: "corofy", Section: "corofy",
		Doc: "FILE [-o OUT]: rewrites FILE's coroutines as state machines", Flags: corofyFlags, Run: corofyTool},
}

func main() { os.Exit(run(os.Args[1:], &kit.Env{Out: os.Stdout, Err: os.Stderr})) }
