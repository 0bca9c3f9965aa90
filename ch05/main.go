package main

import (
	"os"

	"ch05/kit"
)

const (
	chapter  = "ch05"
	headline = "fibers"
)

var examples = []kit.Example{
	{Letter: "a", Name: "stack-swap", Section: "An example we can build upon",
		Doc: "one switch to a stack that was made here, and one back", Run: stackSwap},
	{Letter: "b", Name: "show-stack", Section: "The stack",
		Doc: "the words of a prepared stack, and the context that leads to it", Run: showStack},
	{Letter: "c", Name: "fibers", Section: "Implementing our own fibers",
		Doc: "two fibers count in turns", Run: fibers},
	{Letter: "d", Name: "fibers-closure", Section: "Final thoughts",
		Doc: "fibers that run closures, and start others", Run: fibersClosure},
	{Letter: "e", Name: "fibers-io", Section: "beyond the book",
		Doc: "the five requests as straight-line code in five fibers", Run: fibersIO},
	{Letter: "f", Name: "overflow", Section: "beyond the book",
		Doc: "a fiber that runs out of stack, in a process of its own", Run: overflow},
	{Letter: "g", Name: "switch-cost", Section: "beyond the book",
		Doc: "fibers, coroutines, goroutines and threads: what a switch costs", Flags: switchCostFlags, Run: switchCost},
}

func main() { os.Exit(run(os.Args[1:], &kit.Env{Out: os.Stdout, Err: os.Stderr})) }
