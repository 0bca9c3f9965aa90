package http

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	goruntime "runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/delay"
	"ch10/kit/leaktest"
)

func TestGet(t *testing.T) {
	s := delayServer(t)
	for path, want := range map[string]string{
		"/0/hello":       "hello",
		"/5/two/parts":   "two/parts",
		"/0/":            "",
		"/0/a%20b%0D%0A": "a b\r\n",
		"/0/é#x":         "é#x",
		"/0/pad?size=14": "padHelloWorldH",
	} {
		f := Get(s.Addr(), path)
		txt, err := drive(f)
		header, body, _ := strings.Cut(txt, "\r\n\r\n")
		if err != nil || body != want || !strings.HasPrefix(header, "HTTP/1.1 200 OK\r\n") {
			t.Errorf("%s: %q, %v", path, txt, err)
		}
		panics(t, f)
		future.Drop(f)
		panics(t, f)
	}
}

// TestWhole: a response is whole at its end, not at the end of the stream, if its header says where that is. What
// becomes of the connection after it doesn't matter.
func TestWhole(t *testing.T) {
	for name, c := range wholeResponses() {
		addr := rawServer(t, func(conn *net.TCPConn) {
			io.WriteString(conn, c.sent)
			if !c.open {
				conn.Read(make([]byte, 1)) // until the client closes
				conn.SetLinger(0)
			}
		})
		if txt, err := drive(Get(addr, "/x")); txt != c.want || err != nil {
			t.Errorf("%s: %d bytes of %d, %v", name, len(txt), len(c.want), err)
		}
	}
}

func TestRequest(t *testing.T) {
	got := make(chan string, 1)
	addr := server(t, func(c *net.TCPConn) {
		got <- readRequest(c)
		io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
	})
	if _, err := drive(Get(addr, "/a/b?c")); err != nil {
		t.Error(err)
	}
	if r, want := <-got, "GET /a/b?c HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"; r != want {
		t.Errorf("the server got %q, want %q", r, want)
	}
}

// TestBadPaths: nothing goes to a server for these.
func TestBadPaths(t *testing.T) {
	leaktest.Check(t)
	addr := netip.MustParseAddrPort("127.0.0.1:1")
	for _, path := range []string{"", "x", "x/y", "*", "http://example.com/", " /x", "/a b", "/a\r\nEvil: yes", "/a\n", "/\x00", "/\t", "/\x7f"} {
		f := Get(addr, path)
		cx := future.NewContext(future.NoopWaker)
		_, err := f.Poll(&cx)
		if want := fmt.Sprintf("GET 127.0.0.1:1%q: a path begins with", path); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
		panics(t, f)
	}
}

// TestLazy: the first connection that the listener sees is not one of a future
// that nobody polled.
func TestLazy(t *testing.T) {
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addr := l.Addr().(*net.TCPAddr).AddrPort()
	Get(addr, "/never")
	dropped := Get(addr, "/dropped")
	future.Drop(dropped)
	future.Drop(dropped)
	panics(t, dropped)
	mine, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer mine.Close()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.RemoteAddr().String() != mine.LocalAddr().String() {
		t.Error("a connection from a future that was never polled")
	}
}

func TestIPv6(t *testing.T) {
	leaktest.Check(t)
	s, err := delay.Start("[::1]:0", io.Discard)
	if err != nil {
		t.Skipf("no IPv6 here: %v", err)
	}
	defer s.Close()
	if txt, err := drive(Get(s.Addr(), "/0/six")); err != nil || !strings.HasSuffix(txt, "\r\n\r\nsix") {
		t.Errorf("%q, %v", txt, err)
	}
	_, err = drive(Get(s.Addr(), "/x/six"))
	if want := fmt.Sprintf("GET %v/x/six: status \"400 ", s.Addr()); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v; want %s", err, want)
	}
}

func TestTenMegabytes(t *testing.T) {
	s := delayServer(t)
	txt, err := drive(Get(s.Addr(), "/0/?size=10000000"))
	if _, body, _ := strings.Cut(txt, "\r\n\r\n"); err != nil || body != strings.Repeat("HelloWorld", 1e6) {
		t.Errorf("%d bytes of body, %v", len(body), err)
	}
}

// few is how many events a GET may have: it becomes writable, there is something
// to read, and the end; some come in vain.
const few = 10

// TestFewPolls: the first server may answer within the first poll. The second waits for its end.
func TestFewPolls(t *testing.T) {
	begun := make(chan struct{})
	later := rawServer(t, func(c *net.TCPConn) {
		<-begun
		io.WriteString(c, head+"\r\nlater")
	})
	for _, test := range []struct {
		f     future.Future[string]
		least int
	}{
		{Get(delayServer(t).Addr(), "/0/at-once"), 1},
		{&tiring{Future: Get(later, "/later"), patience: time.Hour, begun: begun}, 2},
	} {
		k := &task[string]{f: test.f}
		if err := run(k); err != nil || k.polls < test.least || k.polls > few {
			t.Errorf("%q after %d polls, %v", k.v, k.polls, err)
		}
	}
}

// room returns how many descriptors may still be opened, up to n.
func room(n int) int {
	var files []*os.File
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	for len(files) < n {
		f, err := os.Open(os.DevNull)
		if err != nil {
			break
		}
		files = append(files, f)
	}
	return len(files)
}

func threads() int {
	if tasks, err := os.ReadDir("/proc/self/task"); err == nil {
		return len(tasks)
	}
	return pprof.Lookup("threadcreate").Count() // those that have ended, too
}

// lines calls full when it has counted n of them.
type lines struct {
	n    int
	full func()
}

func (l *lines) Write(p []byte) (int, error) {
	if l.n--; l.n == 0 {
		l.full()
	}
	return len(p), nil
}

// TestThousand has the server answer when all requests are there, and then the
// last one first.
func TestThousand(t *testing.T) {
	defer func(d time.Duration) { patience = d }(patience)
	patience = time.Hour
	leaktest.Check(t)
	goruntime.GC() // while it collects what ended goroutines leave, they are counted
	n := 1000
	if left := (room(2*n+100) - 100) / 2; left < n {
		t.Logf("%d requests instead of %d: too few descriptors", left, n)
		n = left
	}
	threadsBefore, threadsNow, goroutinesNow := threads(), 0, 0
	s, err := delay.Start("127.0.0.1:0", &lines{n, func() {
		threadsNow, goroutinesNow = threads(), goruntime.NumGoroutine()
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Hold(n)
	goroutinesBefore := goruntime.NumGoroutine()
	tasks := make([]*task[string], n)
	for i := range tasks {
		tasks[i] = &task[string]{f: Get(s.Addr(), fmt.Sprintf("/%d/message-%d", 1000+n-i, i))}
	}
	if now := goruntime.NumGoroutine(); now > goroutinesBefore {
		t.Errorf("%d goroutines for futures that nobody has polled", now-goroutinesBefore)
	}
	if err := run(tasks...); err != nil {
		t.Fatal(err)
	}
	s.Close()
	for i, k := range tasks {
		if !strings.HasSuffix(k.v, fmt.Sprintf("\r\n\r\nmessage-%d", i)) || k.place != n-i || k.polls > few {
			t.Errorf("request %d: %q in place %d after %d polls", i, k.v, k.place, k.polls)
		}
	}
	if more := goroutinesNow - goroutinesBefore; more > 2*n+20 { // two for each connection of the server
		t.Errorf("%d goroutines more while %d requests wait", more, n)
	}
	for when, now := range map[string]int{"while they wait": threadsNow, "after": threads()} {
		if now > threadsBefore+100 {
			t.Errorf("%d threads more for %d requests, %s", now-threadsBefore, n, when)
		}
	}
}
