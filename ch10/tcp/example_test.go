package tcp_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"ch10/future"
	"ch10/runtime"
	"ch10/tcp"
)

// A stream never waits: where another would, it says so.
func ExampleStream_Read() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	stream, err := tcp.Dial(l.Addr().(*net.TCPAddr).AddrPort())
	if err != nil {
		panic(err)
	}
	defer stream.Close()
	_, err = stream.Read(make([]byte, 100))
	fmt.Println(err, err == tcp.ErrWouldBlock)
	// Output: tcp: operation would block true
}

// Two tasks of one runtime, and a connection between them.
func ExampleListen() {
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		panic(err)
	}
	defer rt.Shutdown(context.Background())
	l, err := tcp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		panic(err)
	}
	defer l.Close()
	runtime.Spawn(rt, future.Async(func(co *future.Co) (int, error) {
		c, err := future.Wait(co, l.Accept())
		if err != nil {
			return 0, err
		}
		defer c.Close()
		return future.Wait(co, c.Write([]byte("hello")))
	}))
	text, err := runtime.BlockOn(context.Background(), rt, future.Async(func(co *future.Co) (string, error) {
		c, err := future.Wait(co, tcp.Connect(l.Addr()))
		if err != nil {
			return "", err
		}
		defer c.Close()
		b := make([]byte, 100)
		n, err := future.Wait(co, c.Read(b))
		return string(b[:n]), err
	}))
	fmt.Println(text, err)
	// Output: hello <nil>
}
