package main

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"ch08/kit/kittest"
	"ch08/kit/leaktest"
)

func TestBrokenServers(t *testing.T) {
	good := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
	for name, c := range map[string]struct {
		serve func(c net.Conn, _ string)
		want  string // in each of the lines
	}{
		"closes at once":  {func(c net.Conn, _ string) {}, "without a response"},
		"garbage":         {func(c net.Conn, _ string) { fmt.Fprint(c, "what?\r\n\r\n") }, "malformed HTTP"},
		"header cut":      {func(c net.Conn, _ string) { fmt.Fprint(c, good[:30]) }, "malformed MIME header"},
		"body cut":        {func(c net.Conn, _ string) { fmt.Fprint(c, good[:len(good)-1]) }, "unexpected EOF"},
		"another status":  {func(c net.Conn, _ string) { fmt.Fprint(c, "HTTP/1.1 503 Busy\r\n\r\ncome later\n") }, "status \"503 Busy\": \"come later\""},
		"reset":           {func(c net.Conn, _ string) { fmt.Fprint(c, good[:40]); c.(*net.TCPConn).SetLinger(0) }, ""},
		"reset, no bytes": {func(c net.Conn, _ string) { c.(*net.TCPConn).SetLinger(0) }, ""},
	} {
		for example, paths := range requestExamples {
			t.Run(name+" "+example, func(t *testing.T) {
				leaktest.Check(t)
				addr := kittest.RawServer(t, len(paths), c.serve)
				out, stderr, status := program.Command(example, "-speed", "100", "-server", addr.String())
				theRequestsFail(t, paths, stderr, status, addr, c.want)
				rowsOf(t, example, out, len(paths))
				if got := printed(out); len(got) > 0 {
					t.Errorf("printed: %q", got)
				}
			})
		}
	}
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
