package main

import (
	"os"

	"ch06/kit"
)

const (
	chapter  = "ch06"
	headline = "leaf"
)

var examples = []kit.Example{
	{Letter: "a", Name: "leaf", Section: "Leaf futures",
		Doc: "one GET, polled by hand until it is ready", Run: leaf},
	{Letter: "b", Name: "non-leaf", Section: "Non-leaf futures",
		Doc: "two GETs, the second made of what the first brought", Run: nonLeaf},
	{Letter: "c", Name: "cpu-bound", Section: "I/O vs CPU-intensive tasks",
		Doc: "a future that computes keeps the others waiting, until a thread does it", Run: cpuBound},
}

func main() { os.Exit(run(os.Args[1:], &kit.Env{Out: os.Stdout, Err: os.Stderr})) }
