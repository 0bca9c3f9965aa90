package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"runtime"

	"ch05/fiber"
	"ch05/kit"
	"ch05/poll"
	"ch05/tcp"
)

// fibersIO sends the five requests, each in a fiber. A state machine with an event
// loop around it becomes straight-line code, because the state is on the fiber's
// stack and the event loop is the runtime's.
func fibersIO(_ context.Context, env *kit.Env) error {
	runtime.LockOSThread() // so that it is one thread for certain
	defer runtime.UnlockOSThread()
	r, err := env.Requests()
	if err != nil {
		return err
	}
	defer r.Close()
	all := make([]func(), requests)
	for i := range all {
		label := fmt.Sprintf("request-%d", i)
		all[i] = func() {
			end := r.Row(label)
			response, err := fetch(r.Addr, r.Path(requestDelay(i), label))
			if end(err); r.OK(err) {
				fmt.Fprintf(env.Out, "RECEIVED: %s\n%s\n------\n\n", label, response)
			}
		}
	}
	if err = runFibers(fiber.Options{WaitLimit: env.Delay(requestDelay(0)) + patience}, all...); err == nil {
		fmt.Fprintln(env.Out, "FINISHED")
	}
	return r.Finish(err)
}

// fetch must be called in a fiber. Other fibers run while it waits.
func fetch(addr netip.AddrPort, path string) (response []byte, err error) {
	stream, err := tcp.Dial(addr)
	if err == nil {
		defer stream.Close()
		c := conn{stream}
		if _, err = io.WriteString(c, getRequest(path)); err == nil {
			response, _, err = readResponse(c)
		}
	}
	if err != nil {
		return nil, getError(addr, path, err)
	}
	return response, nil
}

// A conn blocks its fiber, but no other, so all code that reads from an io.Reader or
// writes to an io.Writer can use it.
type conn struct{ stream *tcp.Stream }

func (c conn) Read(b []byte) (int, error) {
	for {
		n, err := c.stream.Read(b)
		if err != tcp.ErrWouldBlock {
			return n, err
		}
		if err := fiber.Wait(c.stream, poll.Readable); err != nil {
			return 0, err
		}
	}
}

func (c conn) Write(b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var k int
		if k, err = c.stream.Write(b[n:]); err == tcp.ErrWouldBlock {
			err = fiber.Wait(c.stream, poll.Writable)
		}
		n += k
	}
	return n, err
}
