package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"ch04/kit"
)

// netpoll sends the same five requests through Go's own event queue, which is
// to Go what mio is to the book. Go shows it to nobody: a goroutine that reads
// from a net.Conn is parked, and the runtime's network poller, epoll or kqueue
// or IOCP below, makes it ready again. See runtime/netpoll.go.
func netpoll(_ context.Context, env *kit.Env) error {
	addr, stop, err := env.delayServer()
	if err != nil {
		return err
	}
	defer stop()

	begin := time.Now()
	rows := make(kit.Timeline, requests)
	results := make(chan result)
	for i := range requests {
		rows[i] = kit.Row{Label: fmt.Sprintf("request-%d", i), Start: time.Since(begin)}
		go fetch(addr, i, requestPath(env, i), time.Now().Add(requestDelay(env, 0)+patience), results)
	}
	var errs []error
	for range requests {
		r := <-results
		rows[r.i].end, rows[r.i].failed = time.Since(begin), r.err != nil
		if errs = append(errs, r.err); r.err == nil {
			fmt.Fprintf(env.Out, "RECEIVED: request-%d\n%s\n------\n\n", r.i, r.response)
		}
	}
	fmt.Fprintln(env.Out, "FINISHED")
	rows.Print(env.Out)
	return errors.Join(errs...)
}

type result struct {
	i        int
	response []byte
	err      error
}

// fetch is one request as straight-line code that seems to block.
func fetch(addr netip.AddrPort, i int, path string, deadline time.Time, results chan<- result) {
	d := net.Dialer{Deadline: deadline}
	conn, err := d.Dial("tcp", addr.String())
	if err != nil {
		results <- result{i: i, err: getError(addr, path, err)}
		return
	}
	defer conn.Close()
	conn.SetDeadline(deadline)
	var response []byte
	if _, err = io.WriteString(conn, getRequest(path)); err == nil {
		response, err = io.ReadAll(io.LimitReader(conn, maxResponse+1))
	}
	if err == nil && len(response) > maxResponse {
		err = errTooLong
	}
	if err == nil {
		_, err = parseResponse(response)
	}
	if err != nil {
		err = getError(addr, path, err)
	}
	results <- result{i, response, err}
}
