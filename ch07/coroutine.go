package main

import (
	"context"
	"fmt"
	"time"

	"ch07/future"
	"ch07/http"
	"ch07/kit"
)

// A twoRequests is this coroutine, written by hand:
//
//	say("Program starting")
//	txt, err := future.Wait(co, get(r, 600*time.Millisecond, "HelloWorld1"))
//	show(r, say, txt, err)
//	txt, err = future.Wait(co, get(r, 400*time.Millisecond, "HelloWorld2"))
//	show(r, say, txt, err)
//	return struct{}{}, nil
//
// Whenever it has to wait, Poll returns. The struct holds all that the next Poll needs to
// continue, which is the state and the future that it waits for.
type twoRequests struct {
	r     *kit.Requests
	say   func(line string)
	state state
	fut   future.Future[string] // not nil in wait1 and wait2
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
			c.say("Program starting")
			c.fut = get(c.r, 600*time.Millisecond, "HelloWorld1")
			c.state = wait1

		case wait1:
			txt, err := c.fut.Poll()
			if err == future.NotReady {
				return struct{}{}, future.NotReady
			}
			show(c.r, c.say, txt, err)
			c.fut = get(c.r, 400*time.Millisecond, "HelloWorld2")
			c.state = wait2

		case wait2:
			txt, err := c.fut.Poll()
			if err == future.NotReady {
				return struct{}{}, future.NotReady
			}
			show(c.r, c.say, txt, err)
			c.state = resolved
			return struct{}{}, nil

		default:
			panic(future.PolledAfterCompletion)
		}
	}
}

// Drop drops the pending request.
func (c *twoRequests) Drop() {
	if c.state == wait1 || c.state == wait2 {
		future.Drop(c.fut)
	}
	c.state = resolved
}

func coroutine(_ context.Context, env *kit.Env) error {
	begin := func(r *kit.Requests, say func(string)) future.Future[struct{}] { return &twoRequests{r: r, say: say} }
	return run(env, begin, func() {
		fmt.Fprintln(env.Out, "Schedule other tasks")
		time.Sleep(env.Delay(100 * time.Millisecond)) // every poll is printed
	})
}

// get returns the future of a response that takes d. Observe adds its row to the timeline.
func get(r *kit.Requests, d time.Duration, message string) future.Future[string] {
	return future.Observe(http.Get(r.Addr, r.Path(d, message)), func() func(error) { return r.Row(message) })
}

// show prints a response, if there is one.
func show(r *kit.Requests, say func(string), txt string, err error) {
	if r.OK(err) {
		say(txt + "\n")
	}
}

// run is the whole runtime of this chapter. It polls the future that begin makes until it is ready,
// and calls somethingElse between two polls. Most of the book's loops do nothing in between, and keep
// a core busy.
func run(env *kit.Env, begin func(*kit.Requests, func(string)) future.Future[struct{}], somethingElse func()) error {
	r, err := env.Requests()
	if err != nil {
		return err
	}
	defer r.Close()
	f := begin(r, func(line string) { fmt.Fprintln(env.Out, line) })
	for rounds := 1; ; rounds++ {
		_, err := f.Poll()
		if err == future.NotReady {
			somethingElse()
			continue
		}
		fmt.Fprintf(env.Out, "ELAPSED TIME: %v, %d rounds of polling\n\n", kit.Round(time.Since(r.Begin)), rounds)
		return r.Finish(err)
	}
}
