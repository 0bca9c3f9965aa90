package main

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"ch06/kit"
	"ch06/kit/kittest"
	"ch06/kit/leaktest"
)

var program = kittest.Program{Chapter: chapter, Headline: headline, Examples: examples}

func TestMain(m *testing.M) { kittest.Main(m, main) }

func TestTable(t *testing.T) { program.CheckTable(t) }

func TestStatus(t *testing.T) {
	for args, want := range map[string]int{"list": 0, "nosuch": 2, "-speed 0": 2, headline + " -server 127.0.0.1:bad": 1} {
		kittest.Status(t, args, want)
	}
}

// works runs an example that is to succeed.
func works(t *testing.T, args ...string) string {
	t.Helper()
	return watch(t, func(string) {}, args...)
}

// A watcher calls seen with all that has been written so far.
type watcher struct {
	mu   sync.Mutex
	text strings.Builder
	seen func(text string)
}

func (w *watcher) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(p)
	w.seen(w.text.String())
	return len(p), nil
}

func (w *watcher) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// watch runs an example that is to succeed, and watches what it prints.
func watch(t *testing.T, seen func(text string), args ...string) string {
	t.Helper()
	leaktest.Check(t)
	w, stderr := &watcher{seen: seen}, &bytes.Buffer{}
	if status := kit.Run(chapter, headline, examples, args, w, stderr); status != 0 || stderr.Len() > 0 {
		t.Fatalf("%q: status %d, %q\n%s", args, status, stderr, w)
	}
	return w.String()
}

// ok answers a request.
func ok(c net.Conn, body string) {
	fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}
