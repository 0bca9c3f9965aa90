package main

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"ch09/kit/kittest"
)

// pathServer is kittest.RawServer, but requests that come after the first n get no answer.
func pathServer(t *testing.T, n int, serve func(c net.Conn, path string)) netip.AddrPort {
	t.Helper()
	var arrived atomic.Int64
	t.Cleanup(func() { // after the server's own, which waits for its connections
		if a := arrived.Load(); a < int64(n) {
			t.Errorf("%d requests arrived, want %d", a, n)
		}
	})
	return kittest.RawServer(t, -1, func(c net.Conn, path string) {
		if arrived.Add(1) > int64(n) {
			cut(t, c)
			return
		}
		serve(c, path)
	})
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
