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

// netpoll sends the same five requests through Go's own event queue, which is
// to Go what mio is to the book. Go shows it to nobody: a goroutine that reads
// from a net.Conn is parked, and the runtime's network poller, epoll or kqueue
// or IOCP below, makes it ready again. See runtime/netpoll.go.
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

// fetch is one request as straight-line code that seems to block.
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
