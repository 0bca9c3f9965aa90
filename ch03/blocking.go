package main

// waitEach gives each connection an OS thread, which does nothing but wait in
// read(2). The code is the simplest of the four, because the kernel remembers
// which thread waits for which socket. The price is a stack for each thread.
func waitEach(in *inbox) error {
	// All connect before any reads. The server waits for every reader, so
	// if one couldn't connect, a thread that reads already would wait
	// without end.
	conns, err := in.dialAll(false)
	if err != nil {
		return err
	}
	defer closeAll(conns)
	return in.onThreads(len(conns), func(i int) error { return conns[i].readAll() })
}
