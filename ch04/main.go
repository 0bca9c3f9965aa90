package main

import (
	"os"

	"ch04/kit"
)

const (
	chapter  = "ch04"
	headline = "epoll"
)

var examples = []kit.Example{
	{Letter: "a", Name: "epoll", Section: "The main program",
		Doc: "five requests on one thread, through an event queue of our own", Run: epoll},
	{Letter: "b", Name: "netpoll", Section: "The main program",
		Doc: "the same five through Go's own event queue", Run: netpoll},
	{Letter: "c", Name: "triggers", Section: "Level-triggered versus edge-triggered events",
		Doc: "one socket, both ways: how many events", Flags: triggersFlagSet, Run: triggers},
	{Letter: "d", Name: "would-block", Section: "The main program",
		Doc: "a ready socket that answers EAGAIN", Flags: wouldBlockFlagSet, Run: wouldBlock},
	{Name: "delayserver", Section: "Technical requirements",
		Doc: "the server that is slow on request, until Ctrl-C", Flags: delayserverFlagSet, Run: delayserver},
}

func main() { os.Exit(run(os.Args[1:], &kit.Env{Out: os.Stdout, Err: os.Stderr})) }
