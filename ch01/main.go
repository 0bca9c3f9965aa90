package main

import "ch01/kit"

const (
	chapter  = "ch01"
	headline = "bar"
)

var examples = []kit.Example{
	{Letter: "a", Name: "dereference", Section: "The CPU and the operating system", Page: 15,
		Doc: "follows a pointer with one instruction of assembly", Run: runDereference},
	{Letter: "b", Name: "bad-pointer", Section: "The CPU and the operating system", Page: 15,
		Doc: "the same instruction on an address that isn't ours, caught", Flags: badPointerFlags, Run: runBadPointer},
	{Letter: "c", Name: "bar", Section: "Let’s draw some parallels to process economics", Page: 9,
		Doc: "one or two bartenders, synchronous or asynchronous: where the time goes", Flags: barFlags, Run: runBar},
	{Letter: "d", Name: "multitasking", Section: "An evolutionary journey of multitasking", Page: 4,
		Doc: "three tasks under a cooperative and under a preemptive scheduler", Flags: multitaskingFlags, Run: runMultitasking},
	{Letter: "e", Name: "interrupts", Section: "Interrupts", Page: 22,
		Doc: "what a blocking read and a busy loop cost the CPU (Linux)", Speed: true, Run: runInterrupts},
}

func main() { kit.Main(chapter, headline, examples) }
