//go:build stackful

package main

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"ch10/future"
	"ch10/http"
	"ch10/kit"
	"ch10/runtime"
)

// visit makes two requests at once, and prints their messages. The server stops after them.
func visit(env *kit.Env, out io.Writer, addr netip.AddrPort) future.Future[struct{}] {
	get := func(d time.Duration, message string) future.Future[string] {
		return http.Get(addr, fmt.Sprintf("/%d/%s", env.Delay(d).Milliseconds(), message))
	}
	return future.Async(func(co *future.Co) (struct{}, error) {
		responses, err := future.Wait(co, future.JoinAll(
			get(300*time.Millisecond, "served-later"), get(100*time.Millisecond, "served-sooner")))
		for _, r := range responses {
			_, body, _ := strings.Cut(r, "\r\n\r\n")
			fmt.Fprintln(out, body)
		}
		return struct{}{}, err
	})
}

// handle answers r after its delay.
func (d *delays) handle(r *http.Request) future.Future[http.Response] {
	q, response := d.begin(r)
	return future.Async(func(co *future.Co) (http.Response, error) {
		if q.Delay > 0 {
			future.Wait(co, runtime.Sleep(q.Delay)) // never fails
		}
		return response, nil
	})
}
