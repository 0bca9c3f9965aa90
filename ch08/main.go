package main

import "ch08/kit"

const (
	chapter  = "ch08"
	headline = "concurrent"
)

var examples = []kit.Example{
	{Letter: "a", Name: "base", Section: "Improving our base example", Page: 171,
		Doc: "block_on sleeps in the event queue, and there is no waker yet", Speed: true, Server: true, Run: base},
	{Letter: "b", Name: "reactor-executor", Section: "Creating a proper runtime", Page: 184,
		Doc: "the same two requests: an executor, a reactor, and a waker between them", Speed: true, Server: true, Run: reactorExecutor},
	{Letter: "c", Name: "concurrent", Section: "An example using concurrency", Page: 208,
		Doc: "five requests at once, each a task of its own", Speed: true, Server: true, Run: concurrent},
	{Letter: "d", Name: "multiple-threads", Section: "Running multiple futures concurrently and in parallel", Page: 209,
		Doc: "sixty requests on twelve executors, a thread each, with one reactor", Speed: true, Server: true, Run: multipleThreads},
	{Name: "corofy", Section: "–",
		Doc: "FILE [-o OUT]: rewrites FILE's coroutines as state machines", Flags: corofyFlags, Run: corofyTool},
}

func main() { kit.Main(chapter, headline, examples) }
