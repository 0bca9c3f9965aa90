package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"ch04/kit"
	"ch04/kit/kittest"
	"ch04/kit/leaktest"
	"ch04/poll"
)

var program = kittest.Program{Chapter: chapter, Headline: headline, Examples: examples}

func command(args ...string) (out, stderr string, status int) { return program.Command(args...) }

func TestMain(m *testing.M) {
	patience = 10 * time.Second
	kittest.Main(m, main)
}

func TestTable(t *testing.T) { program.CheckTable(t) }

func TestStatus(t *testing.T) {
	for args, want := range map[string]int{"list": 0, "nosuch": 2, "-speed 0": 2, "epoll -server 127.0.0.1:bad": 1} {
		kittest.Status(t, args, want)
	}
}

// requestExamples send the five requests, each in its way.
var requestExamples = []string{"epoll", "netpoll"}

func TestFiveRequests(t *testing.T) {
	for _, name := range []string{"", "epoll", "netpoll"} { // "" is the headline example
		s := kittest.Gated(t, requests)
		args := []string{"-server", s.Addr().String(), "-speed", "1"}
		if name != "" {
			args = append(args, name)
		}
		out, stderr, status := command(args...)
		if status != 0 || stderr != "" {
			t.Fatalf("%q: status %d, %q", name, status, stderr)
		}
		if n := strings.Count(out, "RECEIVED: "); n != 5 {
			t.Errorf("%q: %d pieces received, want 5", name, n)
		}
		kittest.InOrder(t, out,
			"RECEIVED: ", "HTTP/1.1 200 OK", "\r\n\r\nrequest-4\n------",
			"\r\n\r\nrequest-3\n------",
			"\r\n\r\nrequest-2\n------",
			"\r\n\r\nrequest-1\n------",
			"\r\n\r\nrequest-0\n------",
			"FINISHED\n",
			"request-0 ", "#\n", "request-1 ", "#\n", "request-2 ", "request-3 ", "request-4 ", "0s")
		if name != "netpoll" {
			kittest.InOrder(t, out, "Event { events: ", "token: 4 }", "token: 3 }", "token: 2 }", "token: 1 }", "token: 0 }")
		}
	}
}

func TestTriggers(t *testing.T) {
	leaktest.Check(t)
	out, stderr, status := command("triggers", "-n", "5", "-speed", "20")
	if status != 0 {
		t.Fatalf("status %d, %q", status, stderr)
	}
	kittest.InOrder(t, out,
		"5 bytes arrive",
		"level-triggered:   5 event(s), then silence with 0 bytes unread", "  1 event when 1 byte more",
		"edge-triggered:    1 event(s), then silence with 4 bytes unread", "  1 event when 1 byte more")
	for _, n := range []string{"0", "-3", "1001"} {
		if _, stderr, status := command("triggers", "-n", n); status != 2 || !strings.HasPrefix(stderr, chapter+": -n "+n) {
			t.Errorf("-n %s: status %d, %q", n, status, stderr)
		}
	}
}

func TestWouldBlock(t *testing.T) {
	leaktest.Check(t)
	out, stderr, status := command("would-block", "-size", "100000")
	if status != 0 {
		t.Fatalf("status %d, %q", status, stderr)
	}
	kittest.InOrder(t, out, "100000 bytes asked for: 100000 arrived in ", "a read would have blocked ", " time(s)", "\n100000 bytes ", "#\n")
	if _, stderr, status := command("d", "-size", "0"); status != 2 || !strings.HasPrefix(stderr, chapter+": -size 0") {
		t.Errorf("-size 0: status %d, %q", status, stderr)
	}
}

// TestBigResponse looks at every byte. It is certain to count EAGAIN in the middle,
// because the second half is sent when the reader has been seen to wait for it.
func TestBigResponse(t *testing.T) {
	leaktest.Check(t)
	body := strings.Repeat("0123456789", 1<<18)
	more := make(chan struct{})
	addr := kittest.RawServer(t, 1, func(c net.Conn, _ string) {
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:len(body)/2])
		<-more
		io.WriteString(c, body[len(body)/2:])
	})
	p, err := poll.New()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	g := newGet(addr, "/0/big", func(error) {})
	g.start(p.Registry(), 1)
	events, head := make([]poll.Event, 1), len("HTTP/1.1 200 OK\r\nContent-Length: 2621440\r\n\r\n")
	for !g.done {
		if n, err := p.Poll(events, patience); n == 0 || err != nil {
			t.Fatalf("%d events, %v", n, err)
		}
		g.progress(func([]byte) {})
		if len(g.response) == head+len(body)/2 {
			close(more)
			head = -1 // once
		}
	}
	if g.err != nil || string(g.body) != body || g.dry == 0 {
		t.Errorf("%v; %d bytes of %d; a read would have blocked %d times", g.err, len(g.body), len(body), g.dry)
	}
}

func TestAll(t *testing.T) {
	leaktest.Check(t)
	out, stderr, status := command("all", "-speed", "50")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %q", status, stderr)
	}
	kittest.InOrder(t, out, "=== a  epoll", "FINISHED", "=== b  netpoll", "FINISHED", "=== c  triggers", "=== d  would-block")
}

func TestDelayserver(t *testing.T) {
	leaktest.Check(t)
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	delayserverAddr = "127.0.0.1:0"
	done := make(chan error)
	go func() { done <- delayserver(ctx, &kit.Env{Out: w}) }()
	url, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, r)
	transport := &http.Transport{DisableKeepAlives: true}
	url, _, _ = strings.Cut(url, "/[")
	resp, err := (&http.Client{Transport: transport}).Get(url + "/1/hello")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if string(body) != "hello" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	w.Close()

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, stderr, status := command("delayserver", "-addr", l.Addr().String())
	if status != 1 || strings.Count(stderr, "\n") != 1 {
		t.Errorf("port in use: status %d, %q", status, stderr)
	}
	if _, _, status := command("delayserver", "localhost:1"); status != 2 {
		t.Errorf("an argument: status %d, want 2", status)
	}
}

// TestEventsAfterTheEnd is the book's issue 4. An event that comes twice, or after the
// end of the response, must not count.
func TestEventsAfterTheEnd(t *testing.T) {
	s := kittest.Gated(t, 1)
	p, err := poll.New()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ended, events := 0, make([]poll.Event, 10)
	gets := []*get{newGet(s.Addr(), "/0/x", func(error) { ended++ }), {done: true}}
	gets[0].start(p.Registry(), 0)
	for !gets[0].done {
		n, err := p.Poll(events, patience)
		if n == 0 || err != nil {
			t.Fatalf("%d events, %v", n, err)
		}
		handleEvents(io.Discard, events[:n], gets)
	}
	handleEvents(io.Discard, []poll.Event{events[0], events[0]}, gets)
	if ended != 1 {
		t.Errorf("counted %d times, want 1", ended)
	}
}
