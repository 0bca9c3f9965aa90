package poll_test

import (
	"fmt"
	"net"
	"time"

	"ch10/poll"
	"ch10/tcp"
)

func Example() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	go func() {
		c, _ := l.Accept()
		fmt.Fprint(c, "hello")
		c.Close()
	}()

	p, err := poll.New()
	if err != nil {
		panic(err)
	}
	defer p.Close()
	stream, err := tcp.Dial(l.Addr().(*net.TCPAddr).AddrPort()) // doesn't wait
	if err != nil {
		panic(err)
	}
	defer stream.Close()
	if err := p.Registry().Register(stream, 42, poll.Readable); err != nil {
		panic(err)
	}

	events, buf := make([]poll.Event, 10), make([]byte, 100)
	for {
		n, err := p.Poll(events, time.Minute)
		if n == 0 {
			panic(err)
		}
		k, err := stream.Read(buf)
		if err == tcp.ErrWouldBlock {
			continue // spurious
		}
		fmt.Println(events[0].Token(), string(buf[:k]))
		return
	}
	// Output: 42 hello
}
