package http_test

import (
	"fmt"
	"io"
	"strings"
	"time"

	"ch06/future"
	"ch06/http"
	"ch06/kit/delay"
)

func ExampleGet() {
	s, err := delay.Start("127.0.0.1:0", io.Discard)
	if err != nil {
		panic(err)
	}
	defer s.Close()
	both := future.JoinAll(http.Get(s.Addr(), "/20/hello"), http.Get(s.Addr(), "/10/future"))
	for {
		responses, err := both.Poll()
		if err == future.NotReady {
			time.Sleep(time.Millisecond)
			continue
		}
		for _, r := range responses {
			status, rest, _ := strings.Cut(r, "\r\n")
			_, body, _ := strings.Cut(rest, "\r\n\r\n")
			fmt.Println(status, body)
		}
		fmt.Println(err)
		return
	}
	// Output:
	// HTTP/1.1 200 OK hello
	// HTTP/1.1 200 OK future
	// <nil>
}
