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
	"testing"
	"time"

	"ch04/kit/delay"
	"ch04/kit/leaktest"
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
// each. serve is called when the request has arrived.
func rawServer(t *testing.T, serve func(net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
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
					serve(c)
				}
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func TestBrokenServers(t *testing.T) {
	good := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
	for name, c := range map[string]struct {
		serve func(net.Conn)
		want  string // in each of the five lines
	}{
		"closes at once":  {func(c net.Conn) {}, "without a response"},
		"garbage":         {func(c net.Conn) { fmt.Fprint(c, "what?\r\n\r\n") }, "malformed HTTP"},
		"header cut":      {func(c net.Conn) { fmt.Fprint(c, good[:30]) }, "malformed MIME header"},
		"body cut":        {func(c net.Conn) { fmt.Fprint(c, good[:len(good)-1]) }, "unexpected EOF"},
		"another status":  {func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 503 Busy\r\n\r\ncome later\n") }, "503 Busy: come later"},
		"reset":           {func(c net.Conn) { fmt.Fprint(c, good[:40]); c.(*net.TCPConn).SetLinger(0) }, ""},
		"reset, no bytes": {func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }, ""},
	} {
		for _, example := range requestExamples {
			t.Run(name+" "+example, func(t *testing.T) {
				leaktest.Check(t)
				addr := rawServer(t, c.serve)
				_, stderr, status := command(example, "-server", addr.String())
				lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
				if status != 1 || len(lines) != requests {
					t.Fatalf("status %d, %d lines:\n%s", status, len(lines), stderr)
				}
				for _, l := range lines {
					if !strings.HasPrefix(l, fmt.Sprintf("%s: GET %v/", chapter, addr)) || !strings.Contains(l, c.want) {
						t.Errorf("%q; want the request and %q", l, c.want)
					}
				}
			})
		}
	}
}

func TestOneOfFiveFails(t *testing.T) {
	for _, example := range requestExamples {
		leaktest.Check(t)
		var mu sync.Mutex
		served := 0
		addr := rawServer(t, func(c net.Conn) {
			mu.Lock()
			defer mu.Unlock()
			if served++; served != 3 {
				fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine")
			}
		})
		out, stderr, status := command(example, "-server", addr.String())
		if status != 1 || strings.Count(stderr, "\n") != 1 || strings.Count(out, "fine\n------") != 4 {
			t.Errorf("%s: status %d, %q\n%s", example, status, stderr, out)
		}
		if strings.Count(out, "#\n") != 4 || strings.Count(out, "x\n") != 1 {
			t.Errorf("%s: want four rows that end well and one that doesn't:\n%s", example, out)
		}
	}
}

func TestSilentServer(t *testing.T) {
	defer func(d time.Duration) { patience = d }(patience)
	patience = 50 * time.Millisecond
	for _, example := range requestExamples {
		leaktest.Check(t)
		release := make(chan struct{})
		addr := rawServer(t, func(net.Conn) { <-release })
		_, stderr, status := command(example, "-speed", "1000", "-server", addr.String())
		close(release)
		if status != 1 || strings.Count(stderr, "\n") != requests {
			t.Errorf("%s: status %d, %q", example, status, stderr)
		}
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
	patience = 10 * time.Second
	os.Exit(m.Run())
}
