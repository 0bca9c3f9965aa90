package tcp_test

import (
	"fmt"
	"net"

	"ch09/tcp"
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
