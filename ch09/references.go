package main

import (
	"context"
	"fmt"
	"time"

	"ch09/future"
	"ch09/kit"
)

// A selfReference is a frame for what buffering does, edited by hand as the book's is. The
// pointer that lives across the waits points into the frame itself.
type selfReference struct {
	s      *session
	state  stage
	fut    future.Future[string] // in wait1 and wait2
	buffer string
	writer *string // &buffer
}

type stage int

const (
	start stage = iota
	wait1
	wait2
	resolved
)

func (c *selfReference) Poll(w future.Waker) (struct{}, error) {
	for {
		switch c.state {
		case start:
			c.buffer = "\nBUFFER:\n----\n"
			c.writer = &c.buffer
			fmt.Fprintln(c.s.env.Out, "Program starting")
			c.fut = c.s.get(600*time.Millisecond, "HelloAsyncAwait")
			c.state = wait1

		case wait1:
			txt, err := c.fut.Poll(w)
			if err == future.NotReady {
				return struct{}{}, err
			}
			if c.s.came(err) {
				*c.writer += txt + "\n"
			}
			c.fut = c.s.get(400*time.Millisecond, "HelloAsyncAwait")
			c.state = wait2

		case wait2:
			txt, err := c.fut.Poll(w)
			if err == future.NotReady {
				return struct{}{}, err
			}
			if c.s.came(err) {
				*c.writer += txt + "\n"
			}
			fmt.Fprintln(c.s.env.Out, c.buffer)
			c.state = resolved
			return struct{}{}, nil

		default:
			panic(future.PolledAfterCompletion)
		}
	}
}

// Drop lets go of the request that is under way.
func (c *selfReference) Drop() {
	if c.state == wait1 || c.state == wait2 {
		future.Drop(c.fut)
	}
	c.state = resolved
}

func references(_ context.Context, env *kit.Env) error {
	s, err := env.session()
	if err != nil {
		return err
	}
	defer s.close()
	fmt.Fprintln(env.Out, "a frame with a pointer into itself, by hand:")
	err = s.blockOn(&selfReference{s: s})
	if err == nil {
		f := buffering(s)
		fmt.Fprintf(env.Out, "\nthe same source, as a %T: the buffer is a value of its own, with two pointers to it\n", f)
		err = s.blockOn(f)
	}
	return s.finish(err)
}
