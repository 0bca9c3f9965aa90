package main

import (
	"os"

	"ch10/kit"
)

const (
	chapter  = "ch10"
	headline = "futures"
)

var examples = []kit.Example{
	{Letter: "a", Name: "futures", Section: "Setting up our example",
		Doc: "two requests on the final runtime; then with a buffer, and a pointer to it", Run: futures},
	{Letter: "b", Name: "foreign", Section: "Experimenting with our new runtime",
		Doc: "futures that know nothing of the runtime: net/http, a callback of Go's; then 100 tasks", Run: foreign},
	{Letter: "c", Name: "parker", Section: "parker-bonus",
		Doc: "why park and unpark by themselves lose wake-ups: every order of the steps, counted", Run: parkers},
	{Letter: "d", Name: "serve", Section: "–",
		Doc: "the delay server on this runtime: keep-alive, pipelining, limits; Ctrl-C stops it gracefully", Flags: serveFlagSet, Run: serve},
	{Letter: "e", Name: "bench", Section: "–",
		Doc: "every job here and with goroutines, in one table", Flags: benchFlags, Run: bench},
	{Letter: "f", Name: "million", Section: "–",
		Doc: "1,000,000 tasks that wait at once: bytes and time, beside goroutines", Flags: millionFlags, Run: million},
	{Name: "corofy", Section: "corofy",
		Doc: "FILE [-o OUT]: rewrites FILE's coroutines as state machines", Flags: corofyFlags, Run: corofyTool},
}

func main() { os.Exit(run(os.Args[1:], &kit.Env{Out: os.Stdout, Err: os.Stderr})) }
