package bench

import (
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/netip"
	"os"
	goruntime "runtime"
	"strings"
	"testing"

	"ch10/kit/kittest"
	"ch10/kit/leaktest"
)

// Under the race detector a process sleeps for a second at its end, unless it is told not to.
func init() { os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0") }

func TestMillion(t *testing.T) {
	leaktest.Check(t)
	out := ok(t, "million", "-n", "1234")
	kittest.InOrder(t, out, "1,234 that wait", "tasks", "goroutines", "ratio\n", "until all wait: ms", "in memory: bytes each",
		"resident at most", "until all are over: ms", "1,234 tasks wait in ", " KiB; as many goroutines need ", "cores")
}

// TestWaiters: a task that waits takes some memory, and a goroutine more.
func TestWaiters(t *testing.T) {
	leaktest.Check(t)
	const n = 2000
	for _, sleep := range []bool{true, false} {
		var live [2]float64
		for i, s := range []side{ours, goroutines} {
			figures, err := inChild(t.Context(), nil, order{Work: "waiters", Side: s, N: n, Sleep: sleep})
			if err != nil {
				t.Fatal(err)
			}
			if live[i] = figures[1]; sleep {
				live[i] = figures[0]
			}
		}
		if live[0] < 100 || live[0] > 300 || live[1] < 2*live[0] {
			t.Errorf("sleep %v: %v bytes each, and %v", sleep, live[0], live[1])
		}
	}
}

// TestServersAnswerAlike: what the servers of the jobs say differs in nothing but its order.
func TestServersAnswerAlike(t *testing.T) {
	leaktest.Check(t)
	var answers []string
	for _, s := range []side{ours, goroutines, loop} {
		server, addr, err := startServer(t.Context(), order{Work: "server", Side: s, N: 1})
		if err != nil {
			t.Fatal(err)
		}
		transport := &nethttp.Transport{}
		r, err := (&nethttp.Client{Transport: transport}).Get(fmt.Sprintf("http://%v/hello", addr))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		transport.CloseIdleConnections()
		if r.Header.Get("Date") == "" || err != nil {
			t.Errorf("%s: %v, %v", s, r.Header, err)
		}
		r.Header.Del("Date")
		answers = append(answers, fmt.Sprint(r.Status, r.Close, r.Header, string(body)))
		server.stdin.Close()
		if _, err := server.figures(); err != nil {
			t.Error(err)
		}
	}
	if answers[0] != answers[1] || answers[0] != answers[2] || !strings.HasSuffix(answers[0], greeting) {
		t.Errorf("%q", answers)
	}
}

// TestIsWhole cuts a response at each byte.
func TestIsWhole(t *testing.T) {
	const good = statusOK + "Content-Length: 5\r\n\r\n" + greeting
	for cut := range len(good) + 1 {
		if whole, err := isWhole([]byte(good[:cut]), greeting); whole != (cut == len(good)) || err != nil {
			t.Errorf("%d bytes: %v, %v", cut, whole, err)
		}
	}
	for _, bad := range []string{
		good + "x", good + good, strings.Replace(good, "200", "404", 1), strings.Replace(good, greeting, "HELLO", 1),
		strings.Repeat("x", 5000),
	} {
		if whole, err := isWhole([]byte(bad), greeting); whole || err == nil {
			t.Errorf("%.100q: %v, %v", bad, whole, err)
		}
	}
}

// TestLoad gets responses byte by byte, and each of 3 clients asks again with the same buffer.
func TestLoad(t *testing.T) {
	leaktest.Check(t)
	addr := kittest.RawServer(t, 3, func(c net.Conn, _ string) {
		for err := error(nil); err == nil; _, err = c.Read(make([]byte, 100)) {
			for _, b := range []byte(statusOK + "Content-Length: 5\r\n\r\n" + greeting) {
				c.Write([]byte{b})
			}
		}
	})
	if _, err := load(addr, helloThere, greeting, 3, 9); err != nil {
		t.Error(err)
	}
}

// TestChildFails: one line says why, without stacks.
func TestChildFails(t *testing.T) {
	leaktest.Check(t)
	killed, err := start(t.Context(), order{Work: "server", Side: ours, N: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := killed.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := killed.figures(); err == nil || !strings.HasSuffix(err.Error(), ": signal: killed") && goruntime.GOOS == "linux" {
		t.Errorf("a server that was killed, and %v", err)
	}
	nobody := netip.MustParseAddrPort("127.0.0.1:0")
	for want, o := range map[string]order{
		"no such work":        {Work: "nosuch"},
		"}: panic: no more":   {Work: "panic"},
		"GET 127.0.0.1:0/0/x": {Work: "get", Side: ours, N: 3, Addr: nobody, Path: "/0/x"},
		"connect: ":           {Work: "get", Side: loop, N: 3, Addr: nobody, Path: "/0/x"},
		"127.0.0.1:0":         {Work: "get", Side: goroutines, N: 3, Addr: nobody, Path: "/0/x"},
		"//127.0.0.1:0/0/x":   {Work: "get", Side: httpClient, N: 3, Addr: nobody, Path: "/0/x"},
	} {
		_, err := inChild(t.Context(), nil, o)
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), `child process {"Work":"`+o.Work) || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "[running]") {
			t.Errorf("%v: %v", o, err)
		}
	}
	if _, err := load(nobody, helloThere, greeting, 3, 3); err == nil {
		t.Error("load without a server")
	}
}

func init() {
	works["panic"] = func(order) ([]float64, error) { panic("no more") }
	works["talk"] = func(order) ([]float64, error) {
		for {
			fmt.Fprintln(os.Stderr, "and so on")
		}
	}
}

// TestChildThatTalks without end, as one does in which Go has no memory for a million goroutines, is stopped.
func TestChildThatTalks(t *testing.T) {
	leaktest.Check(t)
	_, err := inChild(t.Context(), nil, order{Work: "talk"})
	if err == nil || !strings.Contains(err.Error(), ": and so on; and so on; ") || strings.Contains(err.Error(), "\n") || len(err.Error()) > 1000 {
		t.Errorf("%.2000v", err)
	}
}

// TestChildEndsWithItsParent: it does when its standard input ends, whatever it is doing.
func TestChildEndsWithItsParent(t *testing.T) {
	s := kittest.Gated(t, 4) // of which at most three come, so none is answered
	for _, side := range []side{ours, goroutines, loop} {
		c, err := start(t.Context(), order{Work: "get", Side: side, N: 1, Addr: s.Addr(), Path: "/0/x"})
		if err != nil {
			t.Fatal(err)
		}
		c.stdin.Close()
		if _, err := c.figures(); err == nil || !strings.Contains(err.Error(), "the parent process has gone") {
			t.Error(err)
		}
	}
}
