package main

import "ch05/kit"

const (
	chapter  = "ch05"
	headline = "fibers"
)

var examples = []kit.Example{
	{Letter: "a", Name: "stack-swap", Section: "An example we can build upon", Page: 103,
		Doc: "one switch to a stack that was made here, and one back", Run: stackSwap},
	{Letter: "b", Name: "show-stack", Section: "The stack", Page: 109,
		Doc: "the words of a prepared stack, and the context that leads to it", Run: showStack},
	{Letter: "c", Name: "fibers", Section: "Implementing our own fibers", Page: 112,
		Doc: "two fibers count in turns", Run: fibers},
	{Letter: "d", Name: "fibers-closure", Section: "Finishing thoughts", Page: 125,
		Doc: "fibers that run closures, and start others", Run: fibersClosure},
	{Letter: "e", Name: "fibers-io", Section: "–", Speed: true, Server: true,
		Doc: "the five requests as straight-line code in five fibers", Run: fibersIO},
	{Letter: "f", Name: "overflow", Section: "–",
		Doc: "a fiber that runs out of stack, in a process of its own", Run: overflow},
	{Letter: "g", Name: "switch-cost", Section: "–",
		Doc: "fibers, coroutines, goroutines and threads: what a switch costs", Flags: switchCostFlags, Run: switchCost},
}

func main() { kit.Main(chapter, headline, examples) }
