package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"ch10/kit"
	"ch10/kit/delay"
	"ch10/kit/kittest"
	"ch10/kit/leaktest"
)

// The first call of signal.Notify starts a goroutine that never ends. It isn't one that a test leaves behind.
func init() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	signal.Stop(c)
}

// startServe runs the example until stop is called, which returns what it has printed and its error.
func startServe(t *testing.T) (addr string, out *watcher, stop func() error) {
	t.Helper()
	leaktest.Check(t)
	found := make(chan string, 1)
	out = &watcher{seen: func(text string) {
		if m := regexp.MustCompile(`http://([\d.:]+)/.*\n`).FindStringSubmatch(text); m != nil && len(found) == 0 {
			select {
			case found <- m[1]:
			default:
			}
		}
	}}
	ctx, cancel := context.WithCancel(context.Background())
	serveAddr = "127.0.0.1:0"
	over := make(chan error, 1)
	go func() { over <- serve(ctx, &kit.Env{Out: out, Err: out, Speed: 1}) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-over
	})
	t.Cleanup(func() { stop() })
	select {
	case addr = <-found:
	case err := <-over:
		t.Fatal(err)
	}
	return addr, out, stop
}

// answer is what a client sees of a response.
func answer(t *testing.T, client *http.Client, method, url string) string {
	t.Helper()
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	return fmt.Sprintf("%s %s %d %q", r.Status, r.Header.Get("Content-Type"), r.ContentLength, body)
}

// TestServeAnswersAsDelay sends the same to the delay server on net/http.
func TestServeAnswersAsDelay(t *testing.T) {
	addr, out, stop := startServe(t)
	s, err := delay.Start("127.0.0.1:0", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, request := range []string{
		"GET /1/hello", "GET /0/hello%20world/and%2Fmore", "GET /0/", "GET /0/h%C3%A9?size=20", "GET /0/hello?size=2", "GET /0/x?size=100000",
		"HEAD /1/hello", "HEAD /0/x?size=100000",
		"GET /x/hello", "GET /-1/hello", "GET /3600001/hello", "GET /1/hello?size=x", "GET /1/hello?size=-1", "GET /",
	} {
		method, path, _ := strings.Cut(request, " ")
		got := answer(t, client, method, "http://"+addr+path)
		want := answer(t, client, method, "http://"+s.Addr().String()+path)
		if got != want {
			t.Errorf("%s: %s; package delay: %s", request, got, want)
		}
	}
	if got := answer(t, client, "POST", "http://"+addr+"/0/hello"); !strings.HasPrefix(got, "405 ") {
		t.Errorf("POST: %s", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	kittest.InOrder(t, out.String(), "Ctrl-C stops it.\n#1 - 1ms: hello\n#2 - 0ms: hello world/and/more\n", "stops when all requests are answered, or in 5 s\n")
}

// TestServeStopsGracefully: who waits is answered, who has nothing to wait for is cut off.
func TestServeStopsGracefully(t *testing.T) {
	addr, _, stop := startServe(t)
	idle, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	waiting, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()
	// The second request lacks its last line until the server stops, so it isn't answered before. The server has read
	// what there is of it when it answers the first.
	responses := bufio.NewReader(waiting)
	want := func(message string, last bool) {
		t.Helper()
		r, err := http.ReadResponse(responses, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(r.Body); string(body) != message || err != nil || r.Close != last {
			t.Errorf("%q, %v, Connection: close %v", body, err, r.Close)
		}
	}
	fmt.Fprint(waiting, "GET /0/first HTTP/1.1\r\nHost: x\r\n\r\nGET /1/second HTTP/1.1\r\nHost: x\r\n")
	want("first", false)
	go stop()
	if n, err := idle.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("idle: %d, %v", n, err)
	}
	fmt.Fprint(waiting, "\r\n")
	want("second", true)
	waiting.Close() // or the server would linger
	if err := stop(); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("it still listens")
	}
}

func TestServeAddresses(t *testing.T) {
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, addr := range []string{"no port", "127.0.0.1:99999", l.Addr().String()} {
		out, stderr, status := command("serve", "-addr", addr)
		if status != 1 || out != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, chapter+": serve: ") {
			t.Errorf("%s: status %d, %q, %q", addr, status, out, stderr)
		}
	}
}

// TestServeShow is what runs under all.
func TestServeShow(t *testing.T) {
	leaktest.Check(t)
	var out bytes.Buffer
	if err := serve(t.Context(), &kit.Env{Out: &out, Err: &out, Speed: 10, All: true}); err != nil {
		t.Fatal(err)
	}
	kittest.InOrder(t, out.String(), "#1 - 30ms: served-later\n", "#2 - 10ms: served-sooner\n", "served-later\nserved-sooner\n")
}

// TestCtrlC runs the built program. The first Ctrl-C lets the request end, the second doesn't.
func TestCtrlC(t *testing.T) {
	for _, test := range []struct {
		times  int
		signal os.Signal
	}{{1, os.Interrupt}, {2, os.Interrupt}, {1, syscall.SIGTERM}} {
		times := test.times
		argv := append(strings.Fields(os.Getenv("CHILD_EXEC")), os.Args[0], "serve", "-addr", "127.0.0.1:0")
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Env = append(os.Environ(), "CHAPTER_MAIN=1")
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stdout)
		lines.Scan()
		addr, _, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "http://"), "/")
		lines.Scan()
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		// With one Ctrl-C the answer comes in its time; with two it is never waited for.
		fmt.Fprintf(c, "GET /%d/hello HTTP/1.1\r\nHost: x\r\n\r\n", []int{200, 3_600_000}[times-1])
		got := make(chan []byte, 1)
		go func() {
			b, _ := io.ReadAll(c)
			c.Close() // or the server would linger
			got <- b
		}()
		for sent := 0; lines.Scan(); sent++ { // the request, and then that it stops
			if sent == times {
				continue
			}
			if err := cmd.Process.Signal(test.signal); err != nil {
				cmd.Process.Kill()
				cmd.Wait()
				t.Skip(err) // Windows
			}
		}
		if answer := string(<-got); strings.HasSuffix(answer, "\r\n\r\nhello") != (times == 1) {
			t.Errorf("%d times %v: %q", times, test.signal, answer)
		}
		if err := cmd.Wait(); (err == nil) != (times == 1) {
			t.Errorf("%d times %v: %v", times, test.signal, err)
		}
	}
}

// TestListenEverywhere: an address without a host is one of IPv4 and of IPv6.
func TestListenEverywhere(t *testing.T) {
	leaktest.Check(t)
	l, err := listen((&net.TCPAddr{}).AddrPort()) // as ":0" resolves
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if !l.Addr().Addr().Is6() {
		t.Skipf("no IPv6 here: listens on %v", l.Addr())
	}
	for _, host := range []string{"127.0.0.1", "::1"} {
		c, err := net.Dial("tcp", net.JoinHostPort(host, fmt.Sprint(l.Addr().Port())))
		if err != nil {
			t.Error(err)
			continue
		}
		c.Close()
	}
}
