package main

import "ch09/kit"

const (
	chapter  = "ch09"
	headline = "variables"
)

var examples = []kit.Example{
	{Letter: "a", Name: "variables", Section: "Improving our example 1 – variables", Page: 214,
		Doc: "a variable that lives across two waits, in a frame made by corofy", Speed: true, Server: true, Run: variables},
	{Letter: "b", Name: "references", Section: "Improving our example 2 – references", Page: 222,
		Doc: "a frame with a pointer to itself; and what corofy makes of the same source", Speed: true, Server: true, Run: references},
	{Letter: "c", Name: "problem", Section: "Improving our example 3 – this is… not… good…", Page: 227,
		Doc: "the same frame, moved between two polls: what comes after that is lost", Speed: true, Server: true, Run: problem},
	{Letter: "d", Name: "pin", Section: "Pinning in Rust", Page: 233,
		Doc: "heap, stack, two values swapped, noCopy, a check at run time, projection", Run: pin},
	{Letter: "e", Name: "pinned", Section: "Improving our example 4 – pinning to the rescue", Page: 241,
		Doc: "the frame notices that it has been moved", Speed: true, Server: true, Run: pinned},
	{Name: "corofy", Section: "–",
		Doc: "FILE [-o OUT]: rewrites FILE's coroutines as state machines", Flags: corofyFlags, Run: corofyTool},
}

func main() { kit.Main(chapter, headline, examples) }
