package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"ch04/kit"
)

// netpoll sends the same five requests through Go's own event queue, which takes
// the place of the book's mio. Go keeps that queue to itself. When a goroutine reads
// from a net.Conn, the runtime parks it, and the runtime's network poller (on epoll,
// kqueue or IOCP) makes it ready again. See runtime/netpoll.go.
func netpoll(_ context.Context, env *kit.Env) error {
	r, err := env.Requests()
	if err != nil {
		return err
	}
	defer r.Close()
	deadline := time.Now().Add(env.Delay(requestDelay(0)) + patience)
	var all sync.WaitGroup
	for i := range requests {
		label := fmt.Sprintf("request-%d", i)
		end := r.Row(label)
		all.Go(func() {
			err := fetch(r.Addr, r.Path(requestDelay(i), label), deadline, func(response []byte) {
				fmt.Fprintf(env.Out, "RECEIVED: %s\n%s\n------\n\n", label, response)
			})
			end(err)
			r.OK(err)
		})
	}
	all.Wait()
	fmt.Fprintln(env.Out, "FINISHED")
	return r.Finish(nil)
}

// fetch is one request as straight-line code. Its calls block the goroutine, but
// no thread.
func fetch(addr netip.AddrPort, path string, deadline time.Time, received func(response []byte)) (err error) {
	defer func() {
		if err != nil {
			err = getError(addr, path, err)
		}
	}()
	conn, err := net.DialTimeout("tcp", addr.String(), time.Until(deadline))
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(deadline)
	if _, err := io.WriteString(conn, getRequest(path)); err != nil {
		return err
	}
	response, _, err := readResponse(conn)
	if err == nil {
		received(response)
	}
	return err
}
