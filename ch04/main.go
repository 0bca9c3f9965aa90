package main

import "ch04/kit"

const (
	chapter  = "ch04"
	headline = "epoll"
)

var examples = []kit.Example{
	{Letter: "a", Name: "epoll", Section: "The main program", Page: 84, Speed: true, Server: true,
		Doc: "five requests on one thread, through an event queue of our own", Run: epoll},
	{Letter: "b", Name: "netpoll", Section: "The main program", Page: 84, Speed: true, Server: true,
		Doc: "the same five through Go's own event queue", Run: netpoll},
	{Letter: "c", Name: "triggers", Section: "Level-triggered versus edge-triggered events", Page: 78, Speed: true,
		Doc: "one socket, both ways: how many events", Flags: triggersFlags, Run: triggers},
	{Letter: "d", Name: "would-block", Section: "The main program", Page: 84, Server: true,
		Doc: "a ready socket that answers EAGAIN", Flags: wouldBlockFlags, Run: wouldBlock},
	{Name: "delayserver", Section: "Technical requirements", Page: 65,
		Doc: "the server that is slow on request, until Ctrl-C", Flags: delayserverFlags, Run: delayserver},
}

func main() { kit.Main(chapter, headline, examples) }
