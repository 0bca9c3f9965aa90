package main

import "ch06/kit"

const (
	chapter  = "ch06"
	headline = "leaf"
)

var examples = []kit.Example{
	{Letter: "a", Name: "leaf", Section: "Leaf futures", Page: 130,
		Doc: "one GET, polled by hand until it is ready", Speed: true, Server: true, Run: leaf},
	{Letter: "b", Name: "non-leaf", Section: "Non-leaf futures", Page: 130,
		Doc: "two GETs, the second made of what the first brought", Speed: true, Server: true, Run: nonLeaf},
	{Letter: "c", Name: "cpu-bound", Section: "I/O vs CPU-intensive tasks", Page: 134,
		Doc: "a future that computes keeps the others waiting, until a thread does it", Speed: true, Run: cpuBound},
}

func main() { kit.Main(chapter, headline, examples) }
