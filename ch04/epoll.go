package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"ch04/kit"
	"ch04/poll"
)

// epoll is the book's main program. One thread sends five requests, and then
// waits for all of them in one call.
func epoll(_ context.Context, env *kit.Env) error {
	// Without the lock, Go's scheduler may resume this goroutine on another
	// thread after a system call that took long.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r, err := env.Requests()
	if err != nil {
		return err
	}
	defer r.Close()
	p, err := poll.New()
	if err != nil {
		return err
	}
	defer p.Close()

	gets := make([]*get, requests)
	for i := range gets {
		label := fmt.Sprintf("request-%d", i)
		end := r.Row(label)
		gets[i] = newGet(r.Addr, r.Path(requestDelay(i), label), func(err error) { end(err); r.OK(err) })
		gets[i].start(p.Registry(), poll.Token(i)) // the token is the index in gets
	}
	serve(env.Out, p, gets, env.Delay(requestDelay(0))+patience)
	fmt.Fprintln(env.Out, "FINISHED")
	return r.Finish(nil)
}

// serve is the event loop. It returns when every request is done, or has failed
// because the limit has passed.
func serve(out io.Writer, p *poll.Poll, gets []*get, limit time.Duration) {
	deadline := time.Now().Add(limit)
	events := make([]poll.Event, 10)
	for slices.ContainsFunc(gets, func(g *get) bool { return !g.done }) {
		n, err := p.Poll(events, max(0, time.Until(deadline)))
		if err == nil && n > 0 {
			handleEvents(out, events[:n], gets)
			continue
		}
		fmt.Fprintln(out, "TIMEOUT (OR SPURIOUS EVENT NOTIFICATION)")
		if err == nil {
			err = fmt.Errorf("no response in %v", limit)
		}
		for _, g := range gets {
			g.finish(err)
		}
	}
}

// handleEvents lets each request that has an event make progress. It doesn't count
// events, because one may come twice, or when its request is done.
func handleEvents(out io.Writer, events []poll.Event, gets []*get) {
	for _, event := range events {
		if g := gets[event.Token()]; !g.done {
			g.progress(func(piece []byte) {
				fmt.Fprintf(out, "RECEIVED: %v\n%s\n------\n\n", event, piece)
			})
		}
	}
}
