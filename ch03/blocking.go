package main

// waitEach gives each connection an OS thread, which does nothing but wait in
// read(2). The code is the simplest of the four: the kernel keeps track of who
// waits for what, and a thread's stack is the price.
func waitEach(in *inbox) error {
	// All connect before any reads: the server waits for every reader, so when
	// one can't connect, a thread that reads already would wait for ever.
	conns, err := in.dialAll(false)
	if err != nil {
		return err
	}
	return in.onThreads(len(conns), func(i int) error {
		defer conns[i].close()
		_, err := conns[i].readAll()
		return err
	})
}
