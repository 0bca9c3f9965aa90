package main

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"ch06/kit/kittest"
	"ch06/kit/leaktest"
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
		for _, example := range requestExamples {
			t.Run(name+" "+example, func(t *testing.T) {
				leaktest.Check(t)
				addr := kittest.RawServer(t, failures, c.serve)
				_, stderr, status := program.Command(example, "-speed", "100", "-server", addr.String())
				theRequestFails(t, stderr, status, addr, c.want)
			})
		}
	}
}

// theRequestFails: a line for each request, which names it and says what happened.
func theRequestFails(t *testing.T, stderr string, status int, addr netip.AddrPort, want string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
	if status != 1 || len(lines) != failures {
		t.Fatalf("status %d, %d lines:\n%s", status, len(lines), stderr)
	}
	for _, l := range lines {
		if !strings.HasPrefix(l, fmt.Sprintf("%s: GET %v/", chapter, addr)) || !strings.Contains(l, want) {
			t.Errorf("%q; want the request and %q", l, want)
		}
	}
}

// TestSilentServer runs on a clock that jumps whenever the example sleeps. The
// server is outside of that.
func TestSilentServer(t *testing.T) {
	for _, example := range requestExamples {
		leaktest.Check(t)
		arrived, release := make(chan struct{}, failures), make(chan struct{})
		addr := kittest.RawServer(t, failures, func(c net.Conn, _ string) { arrived <- struct{}{}; <-release })
		synctest.Test(t, func(t *testing.T) {
			_, stderr, status := program.Command(example, "-server", addr.String())
			theRequestFails(t, stderr, status, addr, "nothing from the server in 30s")
		})
		for range failures { // the clock of the others jumped
			<-arrived
		}
		close(release)
	}
}
