package main

import "ch07/kit"

const (
	chapter  = "ch07"
	headline = "join-all"
)

var examples = []kit.Example{
	{Letter: "a", Name: "coroutine", Section: "An example of hand-written coroutines", Page: 139,
		Doc: "two requests in a state machine, written by hand", Speed: true, Server: true, Run: coroutine},
	{Letter: "b", Name: "async-await", Section: "b-async-await—an example of a coroutine/wait transformation", Page: 156,
		Doc: "five requests one after the other, in a state machine written by corofy", Speed: true, Server: true, Run: asyncAwait},
	{Letter: "c", Name: "join-all", Section: "c-async-await—concurrent futures", Page: 160,
		Doc: "the same five at once", Speed: true, Server: true, Run: joinAll},
	{Letter: "d", Name: "stackful", Section: "Final thoughts", Page: 165,
		Doc: "a coroutine that keeps a stack, and what each kind costs", Speed: true, Server: true, Run: stackful},
	{Name: "corofy", Section: "corofy—the coroutine preprocessor", Page: 155,
		Doc: "FILE [-o OUT]: rewrites FILE's coroutines as state machines", Flags: corofyFlags, Run: corofyTool},
}

func main() { kit.Main(chapter, headline, examples) }
