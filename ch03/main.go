package main

import (
	"os"

	"ch03/kit"
)

const (
	chapter  = "ch03"
	headline = "readiness"
)

var examples = []kit.Example{
	{Letter: "a", Name: "raw-syscall", Section: "The lowest level of abstraction", Doc: "write(2) by hand-written assembly", Flags: fdFlag, Run: rawSyscall},
	{Letter: "b", Name: "syscall", Section: "The next level of abstraction", Doc: "the same call through golang.org/x/sys", Flags: fdFlag, Run: normalSyscall},
	{Letter: "c", Name: "print", Section: "The highest level of abstraction", Doc: "the same call through package fmt", Run: printLine},
	{Letter: "d", Name: "blocking", Section: "Blocking I/O", Doc: "three delayed messages, a thread for each", Run: blocking},
	{Letter: "e", Name: "nonblocking", Section: "Non-blocking I/O", Doc: "the same, by one thread that asks again and again", Run: nonblocking},
	{Letter: "f", Name: "readiness", Section: "Readiness-based event queues", Doc: "the same, by one thread and epoll, kqueue or AFD", Run: readiness},
	{Letter: "g", Name: "completion", Section: "Completion-based event queues", Doc: "the same, by one thread and io_uring (Linux)", Run: completion},
}

func main() { os.Exit(run(os.Args[1:], &kit.Env{Out: os.Stdout, Err: os.Stderr})) }
