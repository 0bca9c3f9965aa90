package kittest

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ch08/kit/delay"
	"ch08/kit/leaktest"
)

// Gated starts a delay server that answers n requests at a time, in the order
// of their delays.
func Gated(t *testing.T, n int) *delay.Server {
	t.Helper()
	leaktest.Check(t)
	s, err := delay.Start("127.0.0.1:0", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.Hold(n)
	return s
}

// RawServer takes connections until the test ends, and lets serve misbehave on
// each. serve is called with the path that is asked for, when the request has
// arrived; n of them have to (-1: any number).
func RawServer(t *testing.T, n int, serve func(c net.Conn, path string)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var arrived atomic.Int64
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				request := make([]byte, 1000)
				if k, _ := c.Read(request); k > 0 { // the probe of -server sends nothing
					arrived.Add(1)
					path, _, _ := strings.Cut(string(request[:k]), " HTTP/1.1")
					serve(c, strings.TrimPrefix(path, "GET "))
				}
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
		if a := arrived.Load(); n >= 0 && a != int64(n) {
			t.Errorf("%d requests arrived, want %d", a, n)
		}
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}
