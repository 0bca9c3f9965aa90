package main

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"ch04/kit/kittest"
	"ch04/kit/leaktest"
)

func TestBrokenServers(t *testing.T) {
	good := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
	for name, c := range map[string]struct {
		serve func(net.Conn, string)
		want  string // in each of the five lines
	}{
		"closes at once": {func(net.Conn, string) {}, "without a response"},
		"garbage":        {func(c net.Conn, _ string) { fmt.Fprint(c, "what?\r\n\r\n") }, "malformed HTTP"},
		"endless header": {func(c net.Conn, _ string) {
			for _, err := fmt.Fprint(c, good[:17]); err == nil; {
				_, err = fmt.Fprint(c, strings.Repeat("A: b\r\n", 100))
			}
		}, "longer than"},
		"header cut":      {func(c net.Conn, _ string) { fmt.Fprint(c, good[:30]) }, "malformed MIME header"},
		"body cut":        {func(c net.Conn, _ string) { fmt.Fprint(c, good[:len(good)-1]) }, "unexpected EOF"},
		"another status":  {func(c net.Conn, _ string) { fmt.Fprint(c, "HTTP/1.1 503 Busy\r\n\r\ncome later\n") }, "503 Busy: come later"},
		"reset":           {func(c net.Conn, _ string) { fmt.Fprint(c, good[:40]); c.(*net.TCPConn).SetLinger(0) }, ""},
		"reset, no bytes": {func(c net.Conn, _ string) { c.(*net.TCPConn).SetLinger(0) }, ""},
	} {
		for _, example := range requestExamples {
			t.Run(name+" "+example, func(t *testing.T) {
				leaktest.Check(t)
				addr := kittest.RawServer(t, requests, c.serve)
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

func TestFormsOfResponses(t *testing.T) {
	for name, text := range map[string]string{
		"to the end": "HTTP/1.1 200 OK\r\n\r\nfine",
		"LF alone":   "HTTP/1.1 200 OK\n\n" + strings.Repeat("~", 2*maxHeader),
		"chunked":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nfi\r\n2\r\nne\r\n0\r\n\r\n",
		"1xx before": "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine",
	} {
		for _, example := range requestExamples {
			leaktest.Check(t)
			addr := kittest.RawServer(t, requests, func(c net.Conn, _ string) { fmt.Fprint(c, text) })
			out, stderr, status := command(example, "-server", addr.String())
			if status != 0 || strings.Count(out, "RECEIVED") < requests || strings.Count(out, "#\n") != requests ||
				strings.Count(out, "~") != requests*strings.Count(text, "~") {
				t.Errorf("%s, %s: status %d, %q\n%s", name, example, status, stderr, out)
			}
		}
	}
}

// TestServerDoesNotClose: a response is whole at its Content-Length.
func TestServerDoesNotClose(t *testing.T) {
	for _, example := range requestExamples {
		leaktest.Check(t)
		addr := kittest.RawServer(t, requests, func(c net.Conn, _ string) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine")
			c.Read(make([]byte, 1)) // until the client closes
		})
		out, stderr, status := command(example, "-server", addr.String())
		if status != 0 || strings.Count(out, "#\n") != requests {
			t.Errorf("%s: status %d, %q\n%s", example, status, stderr, out)
		}
	}
}

func TestOneOfFiveFails(t *testing.T) {
	for _, example := range requestExamples {
		leaktest.Check(t)
		var mu sync.Mutex
		served := 0
		addr := kittest.RawServer(t, requests, func(c net.Conn, _ string) {
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

// TestSilentServer: each request ends, also if a slow machine hasn't sent it when the time is over.
func TestSilentServer(t *testing.T) {
	defer func(d time.Duration) { patience = d }(patience)
	patience = 50 * time.Millisecond
	for _, example := range requestExamples {
		leaktest.Check(t)
		release := make(chan struct{})
		addr := kittest.RawServer(t, -1, func(net.Conn, string) { <-release })
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
