package http_test

import (
	"fmt"
	"io"
	"strings"

	"ch08/future"
	"ch08/http"
	"ch08/kit/delay"
	"ch08/runtime"
)

func ExampleGet() {
	s, err := delay.Start("127.0.0.1:0", io.Discard)
	if err != nil {
		panic(err)
	}
	defer s.Close()
	ex, err := runtime.Init()
	if err != nil {
		panic(err)
	}
	both := future.JoinAll(http.Get(s.Addr(), "/20/hello"), http.Get(s.Addr(), "/10/future"))
	err = ex.BlockOn(future.Async(func(co *future.Co) (struct{}, error) {
		responses, err := future.Wait(co, both)
		for _, r := range responses {
			status, rest, _ := strings.Cut(r, "\r\n")
			_, body, _ := strings.Cut(rest, "\r\n\r\n")
			fmt.Println(status, body)
		}
		return struct{}{}, err
	}))
	fmt.Println(err)
	// Output:
	// HTTP/1.1 200 OK hello
	// HTTP/1.1 200 OK future
	// <nil>
}
