package main

import "os"

const (
	chapter  = "ch01"
	headline = "bar"
)

var examples = []Example{
	{Letter: "a", Name: "dereference", Section: "The CPU and the operating system",
		Doc: "follows a pointer with one instruction of assembly", Run: runDereference},
	{Letter: "b", Name: "bad-pointer", Section: "The CPU and the operating system",
		Doc: "the same instruction on an address that isn't ours, caught", Flags: badPointerFlags, Run: runBadPointer},
	{Letter: "c", Name: "bar", Section: "Concurrency versus parallelism",
		Doc: "one or two bartenders, synchronous or asynchronous: where the time goes", Flags: barFlags, Run: runBar},
	{Letter: "d", Name: "multitasking", Section: "An evolutionary journey of multitasking",
		Doc: "three tasks under a cooperative and under a preemptive scheduler", Flags: multitaskingFlags, Run: runMultitasking},
	{Letter: "e", Name: "interrupts", Section: "Interrupts, firmware, and I/O",
		Doc: "what a blocking read and a busy loop cost the CPU (Linux)", Run: runInterrupts},
}

func main() { os.Exit(run(os.Args[1:], &Env{Out: os.Stdout, Err: os.Stderr})) }
