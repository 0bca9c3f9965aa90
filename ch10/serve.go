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
	"syscall"

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

// serve runs the delay server on our runtime, until ctx ends or the program gets Ctrl-C or SIGTERM. Then requests
// under way have 5 s to get their answers. A second Ctrl-C ends the program at once.
func serve(ctx context.Context, env *kit.Env) error {
	ctx, cancel := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer cancel()
	addr := serveAddr
	if env.All { // nobody would press Ctrl-C between the other examples
		addr = "127.0.0.1:0"
	}
	resolved, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	// On its own thread the worker answers sooner when other programs want the same core.
	rt, err := runtime.New(runtime.Options{OwnThread: true})
	if err != nil {
		return err
	}
	defer rt.Shutdown(context.Background())
	l, err := listen(resolved.AddrPort())
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	out, log := http.NewLog(env.Out), http.NewLog(env.Err)
	defer log.Close()
	defer out.Close()
	stop := runtime.Blocking(func(end context.Context) (struct{}, error) {
		select {
		case <-ctx.Done():
			cancel() // from now on, Ctrl-C has its default
			fmt.Fprintln(out, "stops when all requests are answered, or in 5 s")
		case <-end.Done():
		}
		return struct{}{}, nil
	})
	if env.All {
		stop = visit(env, out, l.Addr())
	} else {
		fmt.Fprintf(out, "http://%v/[delay in ms]/[URL-encoded message]\n", l.Addr())
		fmt.Fprintln(out, "answers with the message after the delay. Ctrl-C stops it.")
	}
	server := &http.Server{Handler: (&delays{log: out}).handle, Log: log}
	_, err = runtime.BlockOn(context.Background(), rt, server.Serve(l, stop))
	return err
}

// listen listens at addr, or at all addresses of IPv4 and IPv6 if addr has only a port.
func listen(addr netip.AddrPort) (*tcp.Listener, error) {
	at := netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	if at.Addr().IsValid() {
		return tcp.Listen(at)
	}
	l, err := tcp.Listen(netip.AddrPortFrom(netip.IPv6Unspecified(), at.Port()))
	if err != nil { // there may be no IPv6
		l, err = tcp.Listen(netip.AddrPortFrom(netip.IPv4Unspecified(), at.Port()))
	}
	return l, err
}

// delays answers as package delay does, which uses net/http.
type delays struct {
	log   io.Writer
	count int
}

// filler is the memory that all long responses end with, so that they need no memory of their own.
var filler = bytes.Repeat([]byte("HelloWorld"), 6554) // a little over 64 KiB

// begin parses r. It returns the delay that the client asks for, and the response that follows it.
func (d *delays) begin(r *http.Request) (q delay.Request, response http.Response) {
	fail := func(status int, format string, a ...any) (delay.Request, http.Response) {
		return delay.Request{}, http.Response{Status: status, Body: fmt.Appendf(nil, format+"\n", a...)}
	}
	if r.Method != "GET" && r.Method != "HEAD" {
		q, response = fail(405, "Method Not Allowed")
		response.Fields = []http.Field{{Name: "Allow", Value: "GET, HEAD"}}
		return q, response
	}
	u, err := url.ParseRequestURI(r.Target)
	if err != nil {
		return fail(400, "%v", err)
	}
	ms, message, ok := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if !ok {
		return fail(404, "404 page not found")
	}
	if q, err = delay.Parse(ms, message, u.Query()); err != nil {
		return fail(400, "%v", err)
	}
	d.count++
	fmt.Fprintf(d.log, "#%d - %v\n", d.count, q)
	return q, http.Response{Body: []byte(message), Length: q.Size, More: func(from int) []byte {
		return filler[(from-len(message))%len("HelloWorld"):]
	}}
}
