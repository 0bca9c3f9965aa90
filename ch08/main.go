package main

import (
	"os"

	"ch08/kit"
)

const (
	chapter  = "ch08"
	headline = "concurrent"
)

var examples = []kit.Example{
	{Letter: "a", Name: "base", Section: "Improving our base example",
		Doc: "block_on sleeps in the event queue, and there is no waker yet", Run: base},
	{Letter: "b", Name: "reactor-executor", Section: "Creating a proper runtime",
		Doc: "the same two requests: an executor, a reactor, and a waker between them", Run: reactorExecutor},
	{Letter: "c", Name: "concurrent", Section: "An example using concurrency",
		Doc: "five requests at once, each a task of its own", Run: concurrent},
	{Letter: "d", Name: "multiple-threads", Section: "Running multiple futures concurrently and in parallel",
		Doc: "sixty requests on twelve executors, a thread each, with one reactor", Run: multipleThreads},
	{Name: "corofy", Section: "corofy",
		Doc: "FILE [-o OUT]: rewrites FILE's coroutines as state machines", Flags: corofyFlags, Run: corofyTool},
}

func main() { os.Exit(run(os.Args[1:], &kit.Env{Out: os.Stdout, Err: os.Stderr})) }
