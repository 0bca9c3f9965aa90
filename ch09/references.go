package main

import (
	"context"
	"fmt"
	"time"

	"ch09/future"
	"ch09/kit"
)

// A selfReference is a frame for the body of buffering, edited by hand as the book's is. The
// pointer that lives across the waits points into the frame itself.
type selfReference struct {
	r      *kit.Requests
	say    func(line string)
	state  stage
	fut    future.Future[string] // not nil in wait1 and wait2
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
			c.say("Program starting")
			c.fut = get(c.r, c.say, 600*time.Millisecond)
			c.state = wait1

		case wait1:
			txt, err := c.fut.Poll(w)
			if err == future.NotReady {
				return struct{}{}, err
			}
			if c.r.OK(err) {
				*c.writer += txt + "\n"
			}
			c.fut = get(c.r, c.say, 400*time.Millisecond)
			c.state = wait2

		case wait2:
			txt, err := c.fut.Poll(w)
			if err == future.NotReady {
				return struct{}{}, err
			}
			if c.r.OK(err) {
				*c.writer += txt + "\n"
			}
			c.say(c.buffer)
			c.state = resolved
			return struct{}{}, nil

		default:
			panic(future.PolledAfterCompletion)
		}
	}
}

// Drop drops the pending request.
func (c *selfReference) Drop() {
	if c.state == wait1 || c.state == wait2 {
		future.Drop(c.fut)
	}
	c.state = resolved
}

func references(_ context.Context, env *kit.Env) error {
	return run(env, func(r *kit.Requests, say func(string)) error {
		say("a frame with a pointer into itself, by hand:")
		if err := blockOn(env.Out, &selfReference{r: r, say: say}); err != nil {
			return err
		}
		f := buffering(r, say)
		say(fmt.Sprintf("\nthe same source, as a %T: the buffer is a value of its own, with two pointers to it", f))
		return blockOn(env.Out, f)
	})
}
