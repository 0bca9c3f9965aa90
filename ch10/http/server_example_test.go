package http_test

import (
	"context"
	"fmt"
	"io"
	nethttp "net/http"
	"net/netip"
	"strings"
	"time"

	"ch10/future"
	"ch10/http"
	"ch10/runtime"
	"ch10/tcp"
)

// A handler says what there is to be waited for. The worker waits for all of it.
func ExampleServer() {
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		panic(err)
	}
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		panic(err)
	}
	s := http.Server{Handler: func(r *http.Request) future.Future[http.Response] {
		name := strings.TrimPrefix(r.Target, "/hello/")
		return future.Async(func(co *future.Co) (http.Response, error) {
			future.Wait(co, runtime.Sleep(time.Millisecond))
			return http.Response{Body: []byte("Hello, " + name + "!")}, nil
		})
	}}
	stop := runtime.Spawn(rt, runtime.Blocking(func(context.Context) (struct{}, error) {
		defer nethttp.DefaultClient.CloseIdleConnections()
		resp, err := nethttp.Get("http://" + l.Addr().String() + "/hello/gopher")
		if err != nil {
			return struct{}{}, err
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		fmt.Println(resp.Status, string(text))
		return struct{}{}, err
	}))
	_, err = runtime.BlockOn(context.Background(), rt, s.Serve(l, stop))
	fmt.Println(err, rt.Shutdown(context.Background()))
	// Output:
	// 200 OK Hello, gopher!
	// <nil> <nil>
}
