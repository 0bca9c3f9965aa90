package main

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// pathServer is kittest.RawServer, but requests that come after the first n get no answer.
func pathServer(t *testing.T, n int, serve func(c net.Conn, path string)) netip.AddrPort {
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
					if arrived.Add(1) > int64(n) {
						cut(t, c)
						return
					}
					path, _, _ := strings.Cut(string(request[:k]), " HTTP/1.1")
					serve(c, strings.TrimPrefix(path, "GET "))
				}
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
		if a := arrived.Load(); a < int64(n) {
			t.Errorf("%d requests arrived, want %d", a, n)
		}
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// theRequestsFail: a line for each request, in any order, which names it and says
// what happened.
func theRequestsFail(t *testing.T, paths []string, stderr string, status int, addr netip.AddrPort, want string) {
	t.Helper()
	lines := slices.Sorted(strings.Lines(stderr))
	if status != 1 || len(lines) != len(paths) {
		t.Fatalf("status %d, %d lines:\n%s", status, len(lines), stderr)
	}
	for i, path := range slices.Sorted(slices.Values(paths)) {
		begin := fmt.Sprintf("%s: GET %v%s: ", chapter, addr, path)
		if !strings.HasPrefix(lines[i], begin) || !strings.Contains(lines[i], want) {
			t.Errorf("%q; want %q and %q", lines[i], begin, want)
		}
	}
}
