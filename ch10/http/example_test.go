package http_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"ch10/future"
	"ch10/http"
	"ch10/kit/delay"
	"ch10/runtime"
)

func ExampleGet() {
	s, err := delay.Start("127.0.0.1:0", io.Discard)
	if err != nil {
		panic(err)
	}
	defer s.Close()
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		panic(err)
	}
	defer rt.Shutdown(context.Background())
	both := future.JoinAll(http.Get(s.Addr(), "/20/hello"), http.Get(s.Addr(), "/10/future"))
	responses, err := runtime.BlockOn(context.Background(), rt, both)
	for _, r := range responses {
		status, rest, _ := strings.Cut(r, "\r\n")
		_, body, _ := strings.Cut(rest, "\r\n\r\n")
		fmt.Println(status, body)
	}
	fmt.Println(err)
	// Output:
	// HTTP/1.1 200 OK hello
	// HTTP/1.1 200 OK future
	// <nil>
}
