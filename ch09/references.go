package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"ch09/future"
	"ch09/kit"
)

// A selfReference is a frame for what buffering does, edited by hand as the book's is. The
// pointer that lives across the waits points into the frame itself.
type selfReference struct {
	out    io.Writer
	r      *kit.Requests
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
			fmt.Fprintln(c.out, "Program starting")
			c.fut = get(c.out, c.r, 600*time.Millisecond)
			c.state = wait1

		case wait1:
			txt, err := c.fut.Poll(w)
			if err == future.NotReady {
				return struct{}{}, err
			}
			if c.r.OK(err) {
				*c.writer += txt + "\n"
			}
			c.fut = get(c.out, c.r, 400*time.Millisecond)
			c.state = wait2

		case wait2:
			txt, err := c.fut.Poll(w)
			if err == future.NotReady {
				return struct{}{}, err
			}
			if c.r.OK(err) {
				*c.writer += txt + "\n"
			}
			fmt.Fprintln(c.out, c.buffer)
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
	return run(env, func(r *kit.Requests) error {
		fmt.Fprintln(env.Out, "a frame with a pointer into itself, by hand:")
		if err := blockOn(env.Out, &selfReference{out: env.Out, r: r}); err != nil {
			return err
		}
		f := buffering(env.Out, r)
		fmt.Fprintf(env.Out, "\nthe same source, as a %T: the buffer is a value of its own, with two pointers to it\n", f)
		return blockOn(env.Out, f)
	})
}
