package main

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"ch06/kit/delay"
	"ch06/kit/leaktest"
)

// gated starts a delay server that answers n requests at a time, in the order
// of their delays.
func gated(t *testing.T, n int) *delay.Server {
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

// rawServer takes connections until the test ends, and lets serve misbehave on
// each. serve is called when the request has arrived; n of them have to.
func rawServer(t *testing.T, n int, serve func(net.Conn)) netip.AddrPort {
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
					serve(c)
				}
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
		if a := arrived.Load(); a != int64(n) {
			t.Errorf("%d requests arrived, want %d", a, n)
		}
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func TestBrokenServers(t *testing.T) {
	good := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
	for name, c := range map[string]struct {
		serve func(net.Conn)
		want  string // in each of the lines
	}{
		"closes at once":  {func(c net.Conn) {}, "without a response"},
		"garbage":         {func(c net.Conn) { fmt.Fprint(c, "what?\r\n\r\n") }, "malformed HTTP"},
		"header cut":      {func(c net.Conn) { fmt.Fprint(c, good[:30]) }, "malformed MIME header"},
		"body cut":        {func(c net.Conn) { fmt.Fprint(c, good[:len(good)-1]) }, "unexpected EOF"},
		"another status":  {func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 503 Busy\r\n\r\ncome later\n") }, "status \"503 Busy\": \"come later\""},
		"reset":           {func(c net.Conn) { fmt.Fprint(c, good[:40]); c.(*net.TCPConn).SetLinger(0) }, ""},
		"reset, no bytes": {func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }, ""},
	} {
		for _, example := range requestExamples {
			t.Run(name+" "+example, func(t *testing.T) {
				leaktest.Check(t)
				addr := rawServer(t, failures, c.serve)
				_, stderr, status := command(example, "-speed", "100", "-server", addr.String())
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
		addr := rawServer(t, failures, func(net.Conn) { arrived <- struct{}{}; <-release })
		synctest.Test(t, func(t *testing.T) {
			_, stderr, status := command(example, "-server", addr.String())
			theRequestFails(t, stderr, status, addr, "nothing from the server in 30s")
		})
		for range failures { // the clock of the others jumped
			<-arrived
		}
		close(release)
	}
}

func TestNothingListens(t *testing.T) {
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	for _, example := range requestExamples {
		for _, addr := range []string{addr, "no port", "127.0.0.1:99999"} {
			_, stderr, status := command(example, "-server", addr)
			if status != 1 || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, chapter+": delay server "+addr) {
				t.Errorf("%s -server %s: status %d, %q", example, addr, status, stderr)
			}
		}
	}
}

// TestStatus runs the built program, for its exit status.
func TestStatus(t *testing.T) {
	for args, want := range map[string]int{"list": 0, "nosuch": 2, "-speed 0": 2, requestExamples[0] + " -server 127.0.0.1:bad": 1} {
		argv := append(strings.Fields(os.Getenv("CHILD_EXEC")), os.Args[0])
		cmd := exec.Command(argv[0], append(argv[1:], strings.Fields(args)...)...)
		cmd.Env = append(os.Environ(), "CHAPTER_MAIN=1")
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != want {
			t.Errorf("%q: %v, want status %d\n%s", args, err, want, out)
		}
	}
}

// testMain runs the tests, or this program as a reader runs it.
func testMain(m *testing.M) {
	if os.Getenv("CHAPTER_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}
