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
	addr, stop, err := env.delayServer()
	if err != nil {
		return err
	}
	defer stop()
	p, err := poll.New()
	if err != nil {
		return err
	}
	defer p.Close()

	begin := time.Now()
	gets, rows := make([]*get, requests), make(kit.Timeline, requests)
	for i := range gets {
		gets[i] = newGet(addr, requestPath(env, i))
		rows[i] = kit.Row{Label: fmt.Sprintf("request-%d", i), Start: time.Since(begin)}
		gets[i].start(p.Registry(), poll.Token(i)) // the token is the index in gets
	}
	ended := func(i int) { rows[i].end, rows[i].failed = time.Since(begin), gets[i].err != nil }
	err = serve(env.Out, p, gets, requestDelay(env, 0)+patience, ended)
	fmt.Fprintln(env.Out, "FINISHED")
	rows.Print(env.Out)
	return err
}

// serve is the event loop: it returns when every request is done, or the time
// is over, with the errors of those that failed. It calls ended once for each.
func serve(out io.Writer, p *poll.Poll, gets []*get, limit time.Duration, ended func(i int)) error {
	handled := 0
	var errs []error
	end := func(i int) {
		handled++
		errs = append(errs, gets[i].err)
		ended(i)
	}
	for i, g := range gets {
		if g.done { // it failed at once
			end(i)
		}
	}
	deadline := time.Now().Add(limit)
	events := make([]poll.Event, 10)
	for handled < len(gets) {
		n, err := p.Poll(events, max(0, time.Until(deadline)))
		if err != nil || n == 0 {
			fmt.Fprintln(out, "TIMEOUT (OR SPURIOUS EVENT NOTIFICATION)")
			if err == nil {
				err = fmt.Errorf("no response in %v", limit)
			}
			for i, g := range gets {
				if !g.done {
					g.finish(err)
					end(i)
				}
			}
			break
		}
		handleEvents(out, events[:n], gets, end)
	}
	return errors.Join(errs...)
}

// handleEvents goes on with each request that has an event, and calls end for
// those that this event has ended. An event may come twice, or after the End:
// then nothing is left to do, and nothing is counted.
func handleEvents(out io.Writer, events []poll.Event, gets []*get, end func(i int)) {
	for _, event := range events {
		i := int(event.Token())
		g := gets[i]
		if g.done {
			continue
		}
		g.progress(func(piece []byte) {
			fmt.Fprintf(out, "RECEIVED: %v\n%s\n------\n\n", event, piece)
		})
		if g.done {
			end(i)
		}
	}
}
