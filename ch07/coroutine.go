package main

import (
	"context"
	"fmt"
	"time"

	"ch07/future"
	"ch07/kit"
)

// A twoRequests does what this does, but it is written by hand:
//
//	fmt.Println("Program starting")
//	txt, err := future.Wait(co, s.get("/600/HelloWorld1"))
//	s.print(txt, err)
//	txt, err = future.Wait(co, s.get("/400/HelloWorld2"))
//	s.print(txt, err)
//	return struct{}{}, nil
//
// Whenever it has to wait, Poll returns. All that it needs to go on from there is
// in the struct: where it stands, and the future that it waits for.
type twoRequests struct {
	s     *session
	state state
	fut   future.Future[string] // in wait1 and wait2
}

type state int

const (
	start state = iota
	wait1
	wait2
	resolved
)

func (c *twoRequests) Poll() (struct{}, error) {
	for {
		switch c.state {
		case start:
			fmt.Fprintln(c.s.env.Out, "Program starting")
			c.fut = c.get(600*time.Millisecond, "HelloWorld1")
			c.state = wait1

		case wait1:
			txt, err := c.fut.Poll()
			if err == future.NotReady {
				return struct{}{}, future.NotReady
			}
			c.s.print(txt, err)
			c.fut = c.get(400*time.Millisecond, "HelloWorld2")
			c.state = wait2

		case wait2:
			txt, err := c.fut.Poll()
			if err == future.NotReady {
				return struct{}{}, future.NotReady
			}
			c.s.print(txt, err)
			c.state = resolved
			return struct{}{}, nil

		default:
			panic(future.PolledAfterCompletion)
		}
	}
}

func (c *twoRequests) get(delay time.Duration, message string) future.Future[string] {
	return c.s.get(fmt.Sprintf("/%d/%s", c.s.env.Delay(delay).Milliseconds(), message))
}

// Drop lets go of the request that is under way.
func (c *twoRequests) Drop() {
	if c.state == wait1 || c.state == wait2 {
		future.Drop(c.fut)
	}
	c.state = resolved
}

func coroutine(_ context.Context, env *kit.Env) error {
	s, err := env.session()
	if err != nil {
		return err
	}
	defer s.close()
	return s.poll(&twoRequests{s: s}, func() {
		fmt.Fprintln(env.Out, "Schedule other tasks")
		time.Sleep(env.Delay(100 * time.Millisecond)) // every poll is printed
	})
}
