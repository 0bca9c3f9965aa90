package main

import (
	"os"

	"ch02/kit"
)

const (
	chapter  = "ch02"
	headline = "coroutines"
)

var examples = []kit.Example{
	{
		Letter: "a", Name: "os-threads", Section: "Threads provided by the operating system",
		Doc: "one thread of the system for each task", Flags: programFlags, Run: osThreads,
	},
	{
		Letter: "b", Name: "green-threads", Section: "Fibers and green threads",
		Doc: "the same on Go's own threads: goroutines", Flags: programFlags, Run: greenThreads,
	},
	{
		Letter: "c", Name: "callbacks", Section: "Callback based approaches",
		Doc: "the same on one thread: what comes next is a function", Flags: programFlags, Run: callbacks,
	},
	{
		Letter: "d", Name: "promises", Section: "Coroutines: promises and futures",
		Doc: "callbacks that are values, and chain", Flags: programFlags, Run: promises,
	},
	{
		Letter: "e", Name: "coroutines", Section: "Coroutines and async/await",
		Doc: "straight-line code that pauses, on one thread", Flags: programFlags, Run: coroutines,
	},
	{
		Letter: "f", Name: "costs", Section: "beyond the book",
		Doc: "what a unit of each model costs, measured now", Flags: costsFlags, Run: costs,
	},
}

func main() { os.Exit(run(os.Args[1:], &kit.Env{Out: os.Stdout, Err: os.Stderr})) }
