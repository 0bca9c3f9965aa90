package main

import (
	"context"

	"ch03/kit"
)

func nonblocking(_ context.Context, env *kit.Env) error {
	return receive(env, "nonblocking", func(in *inbox) error {
		return in.onThreads(1, func(int) error { return spin(in) })
	})
}

// spin reads all connections with one thread. No read waits, so the thread
// asks one after the other, again and again, and is told EAGAIN nearly always:
// a whole CPU does nothing else.
func spin(in *inbox) error {
	conns, err := in.dialAll(true)
	if err != nil {
		return err
	}
	defer closeAll(conns)
	for left := len(conns); left > 0; {
		for _, c := range conns {
			if c.closed {
				continue
			}
			switch err := c.readAll(); err {
			case nil:
				left--
			case errWouldBlock:
			default:
				return err
			}
		}
	}
	return nil
}
