package main

import (
	"context"

	"ch03/kit"
)

func readiness(_ context.Context, env *kit.Env) error {
	return receive(env, "readiness", func(in *inbox) error {
		return in.onThreads(1, func(int) error { return watch(in) })
	})
}

// watch reads all connections with one thread too, but it asks the kernel
// one question: which of these sockets can be read now? The thread sleeps
// until there is an answer. This is epoll on Linux, kqueue on macOS and the
// BSDs, AFD with an I/O completion port on Windows, without Go's own
// event queue (which is made of the same calls).
//
// Each system's queue has the methods
//
//	add(c *conn) error             watch c
//	wait() ([]*conn, error)        sleep until some can be read
//	rearm(c *conn) error           c was read until errWouldBlock: go on watching
//	close()
func watch(in *inbox) error {
	q, err := newQueue(in)
	if err != nil {
		return err
	}
	defer q.close()
	conns, err := in.dialAll(true)
	if err != nil {
		return err
	}
	defer closeAll(conns)
	for _, c := range conns {
		if err := q.add(c); err != nil {
			return err
		}
	}
	for left := len(conns); left > 0; {
		ready, err := q.wait()
		if err != nil {
			return err
		}
		for _, c := range ready {
			switch err := c.readAll(); err {
			case nil:
				left--
			case errWouldBlock: // more will come
				if err := q.rearm(c); err != nil {
					return err
				}
			default:
				return err
			}
		}
	}
	return nil
}
