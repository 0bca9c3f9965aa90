package main

import "ch02/kit"

const (
	chapter  = "ch02"
	headline = "coroutines"
)

var examples = []kit.Example{
	{Letter: "a", Name: "os-threads", Section: "Threads provided by the operating system", Page: 29,
		Doc: "one thread of the system for each task", Speed: true, Flags: programFlags, Run: osThreads},
	{Letter: "b", Name: "green-threads", Section: "Fibers and green threads", Page: 33,
		Doc: "the same on Go's own threads: goroutines", Speed: true, Flags: programFlags, Run: greenThreads},
	{Letter: "c", Name: "callbacks", Section: "Callback based approaches", Page: 37,
		Doc: "the same on one thread: what comes next is a function", Speed: true, Flags: programFlags, Run: onLoop(callbacks)},
	{Letter: "d", Name: "promises", Section: "Coroutines: promises and futures", Page: 38,
		Doc: "callbacks that are values, and chain", Speed: true, Flags: programFlags, Run: onLoop(promises)},
	{Letter: "e", Name: "coroutines", Section: "Coroutines and async/await", Page: 39,
		Doc: "straight-line code that pauses, on one thread", Speed: true, Flags: programFlags, Run: onLoop(coroutines)},
	{Letter: "f", Name: "costs", Section: "–",
		Doc: "what a unit of each model costs, measured now", Flags: costsFlags, Run: costs},
}

func main() { kit.Main(chapter, headline, examples) }
