package main

// waitEach gives each connection an OS thread, which does nothing but wait in
// read(2). The code is the simplest of the four, because the kernel remembers
// which thread waits for which socket. The price is a stack for each thread.
func waitEach(in *inbox, conns []*conn) error {
	return in.onThreads(len(conns), func(i int) error { return conns[i].readAll() })
}
