package main

import "ch03/kit"

const (
	chapter  = "ch03"
	headline = "readiness"
)

var examples = []kit.Example{
	{Letter: "a", Name: "raw-syscall", Section: "The lowest level of abstraction", Page: 51,
		Doc: "write(2) by hand-written assembly", Flags: fdFlag, Run: rawSyscall},
	{Letter: "b", Name: "syscall", Section: "The next level of abstraction", Page: 55,
		Doc: "the same call through golang.org/x/sys", Flags: fdFlag, Run: normalSyscall},
	{Letter: "c", Name: "print", Section: "The highest level of abstraction", Page: 61,
		Doc: "the same call through package fmt", Run: printLine},
	{Letter: "d", Name: "blocking", Section: "Blocking I/O", Page: 46,
		Doc: "three delayed messages, a thread for each", Speed: true, Run: receive("blocking", connected(false, waitEach))},
	{Letter: "e", Name: "nonblocking", Section: "Non-blocking I/O", Page: 46,
		Doc: "the same, by one thread that asks again and again", Speed: true, Run: receive("nonblocking", connected(true, onOneThread(spin)))},
	{Letter: "f", Name: "readiness", Section: "Readiness-based event queues", Page: 47,
		Doc: "the same, by one thread and epoll, kqueue or IOCP", Speed: true, Run: receive("readiness", connected(true, onOneThread(watch)))},
	{Letter: "g", Name: "completion", Section: "Completion-based event queues", Page: 48,
		Doc: "the same, by one thread and io_uring (Linux)", Speed: true, Run: receive("completion", connected(false, onOneThread(complete)))},
}

func main() { kit.Main(chapter, headline, examples) }
