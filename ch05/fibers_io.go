package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"time"

	"ch05/fiber"
	"ch05/kit"
	"ch05/poll"
	"ch05/tcp"
)

// fibersIO sends the five requests, each by a fiber. What was a state machine
// with an event loop around it is straight-line code now: the state is
// on the fiber's stack, and the event loop is the runtime's.
func fibersIO(_ context.Context, env *kit.Env) (err error) {
	runtime.LockOSThread() // one thread, for whoever counts them
	defer runtime.UnlockOSThread()
	addr, stop, err := env.delayServer()
	if err != nil {
		return err
	}
	defer stop()
	rt, err := fiber.New(fiber.Options{WaitLimit: requestDelay(env, 0) + patience})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rt.Close()) }()

	begin := time.Now()
	rows, errs := make(kit.Timeline, requests), make([]error, requests)
	for i := range requests {
		err := fiber.Spawn(func() {
			rows[i] = kit.Row{Label: fmt.Sprintf("request-%d", i), Start: time.Since(begin)}
			response, err := fetch(addr, requestPath(env, i))
			rows[i].end, rows[i].failed = time.Since(begin), err != nil
			if errs[i] = err; err == nil {
				fmt.Fprintf(env.Out, "RECEIVED: request-%d\n%s\n------\n\n", i, response)
			}
		})
		if err != nil {
			return err
		}
	}
	err = rt.Run()
	fmt.Fprintln(env.Out, "FINISHED")
	rows.Print(env.Out)
	return errors.Join(append(errs, err)...)
}

// fetch must be called in a fiber: others run while it waits.
func fetch(addr netip.AddrPort, path string) (response []byte, err error) {
	defer func() {
		if err != nil {
			err = getError(addr, path, err)
		}
	}()
	stream, err := tcp.Dial(addr)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	for unsent := []byte(getRequest(path)); len(unsent) > 0; {
		n, err := stream.Write(unsent)
		if err == tcp.ErrWouldBlock {
			err = fiber.Wait(stream, poll.Writable)
		}
		if err != nil {
			return nil, err
		}
		unsent = unsent[n:]
	}
	buf := make([]byte, 4096)
	for {
		n, err := stream.Read(buf)
		switch err {
		case tcp.ErrWouldBlock:
			err = fiber.Wait(stream, poll.Readable)
		case io.EOF:
			_, err = parseResponse(response)
			return response, err
		}
		if err != nil {
			return nil, err
		}
		if response = append(response, buf[:n]...); len(response) > maxResponse {
			return nil, errTooLong
		}
	}
}
