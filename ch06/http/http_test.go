package http

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ch06/future"
	"ch06/kit/delay"
	"ch06/kit/leaktest"
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
		_, err := f.Poll()
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

// TestOneByteAtATime has a server that is slow, a byte in 29 seconds, and not
// silent. The clock is one that jumps when the test sleeps.
func TestOneByteAtATime(t *testing.T) {
	const text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
	turn := make(chan struct{})
	addr := rawServer(t, func(c *net.TCPConn) {
		for i := range text {
			<-turn
			io.WriteString(c, text[i:i+1])
		}
	})
	synctest.Test(t, func(t *testing.T) {
		f := Get(addr, "/drip").(*get)
		for i := range text {
			for first := true; first || len(f.response.text) < i; first = false { // the byte is on its way
				if txt, err := f.Poll(); err != future.NotReady {
					t.Fatalf("after %d bytes: %q, %v", i, txt, err)
				}
				runtime.Gosched()
			}
			time.Sleep(29 * time.Second)
			turn <- struct{}{}
		}
		for {
			txt, err := f.Poll()
			if err == future.NotReady {
				runtime.Gosched()
				continue
			}
			if txt != text || err != nil {
				t.Errorf("%q, %v", txt, err)
			}
			break
		}
	})
}

// lines counts them.
type lines struct{ atomic.Int64 }

func (l *lines) Write(p []byte) (int, error) { l.Add(1); return len(p), nil }

// TestThousand has the server answer when all requests are there, and then in
// their order: groups keep those from being polled again and again whose turn
// is far off.
func TestThousand(t *testing.T) {
	const groups, size = 20, 50
	defer func(d time.Duration) { patience = d }(patience)
	patience = time.Hour // a slow machine may take long for the last
	leaktest.Check(t)
	var requests lines
	s, err := delay.Start("127.0.0.1:0", &requests)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Hold(groups * size)
	goroutines, threads := runtime.NumGoroutine(), pprof.Lookup("threadcreate").Count()
	var all []future.Future[[]string]
	for g := range groups {
		var fs []future.Future[string]
		for i := range size {
			n := g*size + i
			fs = append(fs, Get(s.Addr(), fmt.Sprintf("/%d/message-%d", 1000+n, n)))
		}
		all = append(all, future.JoinAll(fs...))
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines for futures that nobody has polled", n-goroutines)
	}
	for ; requests.Load() < groups*size; time.Sleep(time.Millisecond) {
		for _, f := range all {
			if _, err := f.Poll(); err != future.NotReady {
				t.Fatalf("before all have asked: %v", err)
			}
		}
	}
	if n := pprof.Lookup("threadcreate").Count(); n > threads+100 {
		t.Errorf("%d threads for %d requests", n-threads, groups*size)
	}
	for g, f := range all {
		texts, err := drive(f)
		if err != nil {
			t.Fatal(err)
		}
		for i, txt := range texts {
			if !strings.HasSuffix(txt, fmt.Sprintf("\r\n\r\nmessage-%d", g*size+i)) {
				t.Errorf("response %d: %q", g*size+i, txt)
			}
		}
	}
}
