package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"strings"

	"ch10/http"
	"ch10/kit"
	"ch10/kit/delay"
	"ch10/runtime"
	"ch10/tcp"
)

var serveAddr string

func serveFlags(fs *flag.FlagSet) {
	fs.StringVar(&serveAddr, "addr", "localhost:8080", "listen at `host:port`")
}

// serve is the delay server, on our runtime. It stops when ctx ends or with Ctrl-C: requests that are
// under way get their answers, for 5 s. A second Ctrl-C ends the program at once.
func serve(ctx context.Context, env *kit.Env) error {
	ctx, cancel := signal.NotifyContext(ctx, os.Interrupt)
	defer cancel()
	addr := serveAddr
	if env.All { // where nobody could press Ctrl-C
		addr = "127.0.0.1:0"
	}
	resolved, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		return err
	}
	defer rt.Shutdown(context.Background())
	at := netip.AddrPortFrom(resolved.AddrPort().Addr().Unmap(), resolved.AddrPort().Port())
	if !at.Addr().IsValid() { // ":8080"
		at = netip.AddrPortFrom(netip.IPv4Unspecified(), at.Port())
	}
	l, err := tcp.Listen(at)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	stop := runtime.Blocking(func(end context.Context) (struct{}, error) {
		select {
		case <-ctx.Done():
			cancel() // so that the next Ctrl-C isn't ours
			fmt.Fprintln(env.Out, "stops when all requests are answered, or in 5 s")
		case <-end.Done():
		}
		return struct{}{}, nil
	})
	if env.All {
		stop = visit(env, l.Addr())
	} else {
		fmt.Fprintf(env.Out, "http://%v/[delay in ms]/[URL-encoded message]\n", l.Addr())
		fmt.Fprintln(env.Out, "answers with the message after the delay. Ctrl-C stops it.")
	}
	server := &http.Server{Handler: (&delays{log: env.Out}).handle, Log: env.Err}
	_, err = runtime.BlockOn(context.Background(), rt, server.Serve(l, stop))
	return err
}

// delays answers as package delay does, which stands on net/http.
type delays struct {
	log   io.Writer
	count int
}

const maxSize = 16 << 20 // bytes: a response is in memory

// begin returns for how long the client wants to wait, and the response.
func (d *delays) begin(r *http.Request) (q delay.Request, response http.Response) {
	fail := func(status int, format string, a ...any) (delay.Request, http.Response) {
		return delay.Request{}, http.Response{Status: status, Body: fmt.Appendf(nil, format+"\n", a...)}
	}
	if r.Method != "GET" && r.Method != "HEAD" {
		return fail(405, "Method Not Allowed")
	}
	u, err := url.ParseRequestURI(r.Target)
	if err != nil {
		return fail(400, "%v", err)
	}
	ms, message, ok := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if !ok {
		return fail(404, "404 page not found")
	}
	switch q, err = delay.Parse(ms, message, u.Query()); {
	case err != nil:
		return fail(400, "%v", err)
	case q.Size > maxSize:
		return fail(400, "%d: this server's largest response has %d bytes", q.Size, maxSize)
	}
	d.count++
	fmt.Fprintf(d.log, "#%d - %v\n", d.count, q)
	return q, http.Response{Body: []byte(message)}
}

// filled comes after the delay: a request that waits must not hold megabytes.
func filled(body []byte, size int) []byte {
	if more := size - len(body); more > 0 {
		body = append(body, bytes.Repeat([]byte("HelloWorld"), more/10+1)[:more]...)
	}
	return body
}
