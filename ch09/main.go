package main

import (
	"os"

	"ch09/kit"
)

const (
	chapter  = "ch09"
	headline = "variables"
)

var examples = []kit.Example{
	{Letter: "a", Name: "variables", Section: "Improving our example 1 – variables",
		Doc: "a variable that lives across two waits, in a frame made by corofy", Run: variables},
	{Letter: "b", Name: "references", Section: "Improving our example 2 – references",
		Doc: "a frame with a pointer to itself; and what corofy makes of the same source", Run: references},
	{Letter: "c", Name: "problem", Section: "Improving our example 3 – this is… not… good…",
		Doc: "the same frame, moved between two polls: what comes after that is lost", Run: problem},
	{Letter: "d", Name: "pin", Section: "Discovering self-referential structs; Pinning in Rust",
		Doc: "heap, stack, two values swapped, noCopy, a check at run time, projection", Run: pin},
	{Letter: "e", Name: "pinned", Section: "Improving our example 4 – pinning to the rescue",
		Doc: "the frame notices that it has been moved", Run: pinned},
	{Name: "corofy", Section: "corofy",
		Doc: "FILE [-o OUT]: rewrites FILE's coroutines as state machines", Flags: corofyFlags, Run: corofyTool},
}

func main() { os.Exit(run(os.Args[1:], &kit.Env{Out: os.Stdout, Err: os.Stderr})) }
