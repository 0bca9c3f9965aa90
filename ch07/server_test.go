package main

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ch07/kit"
	"ch07/kit/kittest"
	"ch07/kit/leaktest"
)

// theRequestsFail: a line for each request, in their order, which names it and says
// what happened.
func theRequestsFail(t *testing.T, failures []string, stderr string, status int, addr netip.AddrPort, want string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
	if status != 1 || len(lines) != len(failures) {
		t.Fatalf("status %d, %d lines:\n%s", status, len(lines), stderr)
	}
	for i, l := range lines {
		before, message, _ := strings.Cut(failures[i], "HelloWorld")
		if !strings.HasPrefix(l, fmt.Sprintf("%s: %sGET %v/", chapter, before, addr)) ||
			!strings.Contains(l, "/HelloWorld"+message+": ") || !strings.Contains(l, want) {
			t.Errorf("%q; want %s%s and %q", l, before, message, want)
		}
	}
}

// TestSilentServer runs on a clock that jumps whenever the example sleeps. The
// server is outside of that.
func TestSilentServer(t *testing.T) {
	for example, failures := range requestExamples {
		leaktest.Check(t)
		arrived, release := make(chan struct{}, len(failures)), make(chan struct{})
		addr := kittest.RawServer(t, len(failures), func(c net.Conn, _ string) { arrived <- struct{}{}; <-release })
		t.Cleanup(func() { close(release) })
		synctest.Test(t, func(t *testing.T) {
			out, stderr, status := program.Command(example, "-server", addr.String())
			theRequestsFail(t, failures, stderr, status, addr, "nothing from the server in 30s")
			sleep := 10 * time.Millisecond
			if example == "coroutine" {
				sleep = 100 * time.Millisecond
			}
			kittest.InOrder(t, out, fmt.Sprintf("ELAPSED TIME: %v, ", kit.Round(time.Duration(rounds(t, out)-1)*sleep)))
		})
		for range failures { // the clock of the others jumped
			<-arrived
		}
	}
}
