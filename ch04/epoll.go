package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"ch04/kit"
	"ch04/poll"
)

// epoll is the book's main program: one thread sends five requests, and then
// waits for all of them in one place.
func epoll(_ context.Context, env *kit.Env) error {
	// Without this the scheduler may go on with this goroutine on another
	// thread whenever a system call has taken long.
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
		gets[i] = newGet(r.Addr, r.Path(requestDelay(i), label), r.Row(label))
		gets[i].start(p.Registry(), poll.Token(i)) // the token is the index in gets
	}
	err = serve(env.Out, p, gets, env.Delay(requestDelay(0))+patience)
	fmt.Fprintln(env.Out, "FINISHED")
	return r.Finish(err)
}

// serve is the event loop: it returns when every request is done, or the time
// is over, with the errors of those that failed.
func serve(out io.Writer, p *poll.Poll, gets []*get, limit time.Duration) error {
	deadline := time.Now().Add(limit)
	events := make([]poll.Event, 10)
	handled := 0
	for _, g := range gets {
		if g.done { // it failed at once
			handled++
		}
	}
	for handled < len(gets) {
		n, err := p.Poll(events, max(0, time.Until(deadline)))
		if err != nil || n == 0 {
			fmt.Fprintln(out, "TIMEOUT (OR SPURIOUS EVENT NOTIFICATION)")
			if err == nil {
				err = fmt.Errorf("no response in %v", limit)
			}
			for _, g := range gets {
				g.finish(err)
			}
			break
		}
		handled += handleEvents(out, events[:n], gets)
	}
	var errs []error
	for _, g := range gets {
		errs = append(errs, g.err)
	}
	return errors.Join(errs...)
}

// handleEvents goes on with each request that has an event, and returns how
// many have ended. An event may come twice, or after the end: then nothing is
// left to do, and nothing is counted.
func handleEvents(out io.Writer, events []poll.Event, gets []*get) (ended int) {
	for _, event := range events {
		g := gets[event.Token()]
		if g.done {
			continue
		}
		g.progress(func(piece []byte) {
			fmt.Fprintf(out, "RECEIVED: %v\n%s\n------\n\n", event, piece)
		})
		if g.done {
			ended++
		}
	}
	return ended
}
