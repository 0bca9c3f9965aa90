package main

import "context"

func blocking(_ context.Context, env *Env) error {
	return receive(env, "blocking", waitEach)
}

// waitEach gives each connection an OS thread, which does nothing but wait in
// read(2). The code is the simplest of the four: the kernel keeps track of who
// waits for what, and a thread's stack is the price.
func waitEach(in *inbox) error {
	return in.onThreads(len(in.addrs), func(i int) error {
		c, err := in.dial(i, false)
		if err != nil {
			return err
		}
		defer c.close()
		return c.readAll()
	})
}
