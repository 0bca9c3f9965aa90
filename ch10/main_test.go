package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ch10/kit"
	"ch10/kit/delay"
	"ch10/kit/kittest"
	"ch10/kit/leaktest"
)

var two = []string{"/6/HelloAsyncAwait", "/4/HelloAsyncAwait"}

// four are the requests of futures at -speed 100.
var four = slices.Concat(two, two)

var program = kittest.Program{Chapter: chapter, Headline: headline, Examples: examples}

func command(args ...string) (out, stderr string, status int) { return program.Command(args...) }

func TestMain(m *testing.M) { kittest.Main(m, main) }

func TestTable(t *testing.T) { program.CheckTable(t) }

func TestStatus(t *testing.T) {
	for args, want := range map[string]int{"list": 0, "nosuch": 2, "-speed 0": 2, headline + " -server 127.0.0.1:bad": 1} {
		kittest.Status(t, args, want)
	}
}

// TestRefused: what an example would ignore.
func TestRefused(t *testing.T) {
	for _, args := range []string{
		"parker -speed 2", "serve -speed 2", "serve -server here:1", "bench -server here:1", "million -speed 2", "all -trace x", "list -trace x",
	} {
		if out, _, status := command(strings.Fields(args)...); status != 2 || out != "" {
			t.Errorf("%s: status %d, %q", args, status, out)
		}
	}
}

// works runs an example that is to succeed.
func works(t *testing.T, args ...string) string {
	t.Helper()
	leaktest.Check(t)
	out, stderr, status := command(args...)
	if status != 0 || stderr != "" {
		t.Fatalf("%q: status %d, %q\n%s", args, status, stderr, out)
	}
	return out
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

func ok(c net.Conn, body string) {
	fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
}

// printed returns which responses an example has printed, in that order.
func printed(out string) (bodies []string) {
	return regexp.MustCompile(`(?m)^\S*Hello\w+$`).FindAllString(out, -1)
}

// messages returns what the delay server answers.
func messages(paths []string) (messages []string) {
	for _, p := range paths {
		messages = append(messages, p[strings.LastIndex(p, "/")+1:])
	}
	return messages
}

const (
	starting  = "Program starting\n"
	operation = "FIRST POLL - START OPERATION\n"
	one       = "main: 1 pending tasks. Sleep until notified.\n"
	finished  = "main: All tasks are finished\n"
)

// few is how many events a request may have: it becomes writable, there is something
// to read, and the end; the systems tell some of it twice.
const few = 10

// wellFormed looks at what futures prints at -speed 100. How often the worker has slept depends
// on how fast the server is.
func wellFormed(t *testing.T, out string) {
	t.Helper()
	for text, want := range map[string]int{starting: 2, operation: 4, finished: 2, "HTTP/1.1 200 OK\r\n": 4, "\nBUFFER:\n----\n": 1} {
		if n := strings.Count(out, text); n != want {
			t.Errorf("%d times %q, want %d:\n%s", n, text, want, out)
		}
	}
	if n := strings.Count(out, one); n > few*len(four) || n != strings.Count(out, " pending tasks. ") {
		t.Errorf("the worker sleeps %d times:\n%s", n, out)
	}
	rowsOf(t, out, four, 0)
}

// rowsOf looks at the timeline at the end of the output, for a row of each request.
func rowsOf(t *testing.T, out string, want []string, failed int) {
	t.Helper()
	_, lines, _ := strings.Cut(out[max(0, strings.LastIndex(out, "\n\n")):], "\n\n")
	rows, scale, _ := strings.Cut(lines, "\n ")
	var got []string
	for line := range strings.Lines(rows + "\n") {
		m := regexp.MustCompile(`^(\S+)  +\|?-*([#x])\n$`).FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("%q is no row:\n%s", line, out)
		}
		got = append(got, "/"+m[1])
		if m[2] == "x" {
			failed--
		}
	}
	if !slices.Equal(got, want) || failed != 0 || !regexp.MustCompile(`^ +0s +\d\S*s\n$`).MatchString(scale) {
		t.Errorf("rows of %q, %d too few of them with an x; want %q, and the scale:\n%s", got, failed, want, lines)
	}
}

// inTurn runs futures with a server that answers each request when the worker has nothing to do
// but to wait.
func inTurn(t *testing.T, answer func(i int, c net.Conn, path string)) (out, stderr string, status int, addr netip.AddrPort) {
	t.Helper()
	leaktest.Check(t)
	turns, begun := make([]chan struct{}, len(four)), make([]sync.Once, len(four))
	for i := range turns {
		turns[i] = make(chan struct{})
	}
	var arrived, sent atomic.Int64
	addr = kittest.RawServer(t, len(four), func(c net.Conn, path string) {
		i := int(arrived.Add(1)) - 1
		if path != four[i] || sent.Load() != int64(i) {
			t.Errorf("request %d is %s, when %d responses have been sent", i, path, sent.Load())
		}
		<-turns[i]
		sent.Add(1)
		answer(i, c, path)
	})
	e := &bytes.Buffer{}
	w := &watcher{seen: func(text string) {
		parts := strings.Split(text, operation)[1:]
		for i := range min(len(parts), len(turns)) {
			if strings.Contains(parts[i], one) {
				begun[i].Do(func() { close(turns[i]) })
			}
		}
	}}
	status = kit.Run(chapter, headline, examples, []string{"futures", "-speed", "100", "-server", addr.String()}, w, e)
	return w.String(), e.String(), status, addr
}

// TestOneAfterTheOther: nothing is begun before the response to the one before has been sent.
func TestOneAfterTheOther(t *testing.T) {
	out, stderr, status, _ := inTurn(t, func(_ int, c net.Conn, path string) { ok(c, path) })
	if status != 0 || stderr != "" || !slices.Equal(printed(out), four) {
		t.Errorf("status %d, %q; responses %q", status, stderr, printed(out))
	}
	wellFormed(t, out)
}

// TestFourRequests looks at what the server sees.
func TestFourRequests(t *testing.T) {
	leaktest.Check(t)
	var log bytes.Buffer
	s, err := delay.Start("127.0.0.1:0", &log)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Hold(1)
	out := works(t, "-speed", "100", "-server", s.Addr().String()) // futures is the headline
	s.Close()
	var want strings.Builder
	for i, path := range four {
		fmt.Fprintf(&want, "#%d - %cms: HelloAsyncAwait\n", i+1, path[1])
	}
	if log.String() != want.String() {
		t.Errorf("the server saw %q, want %q", log.String(), want.String())
	}
	kittest.InOrder(t, out, starting, operation, "HTTP/1.1 200 OK\r\n", "\r\n\r\nHelloAsyncAwait\n",
		operation, "HTTP/1.1 200 OK\r\n", "\r\n\r\nHelloAsyncAwait\n"+finished+"\n"+starting,
		operation, operation, "\nBUFFER:\n----\nHTTP/1.1 200 OK\r\n", "\r\n\r\nHelloAsyncAwait\nHTTP", "\r\n\r\nHelloAsyncAwait\n\n"+finished+"\n")
	wellFormed(t, out)
}

// TestOneFails: it is told of, and nothing else is lost.
func TestOneFails(t *testing.T) {
	for i := range four {
		out, stderr, status, addr := inTurn(t, func(n int, c net.Conn, path string) {
			if n == i {
				fmt.Fprint(c, "HTTP/1.1 503 Busy\r\n\r\ncome later\n")
			} else {
				ok(c, path)
			}
		})
		theRequestsFail(t, four[i:i+1], stderr, status, addr, `status "503 Busy": "come later"`)
		if got, want := printed(out), slices.Delete(slices.Clone(four), i, i+1); !slices.Equal(got, want) {
			t.Errorf("request %d fails, and these are printed: %q, want %q", i, got, want)
		}
		rowsOf(t, out, four, 1)
		kittest.InOrder(t, out, finished, finished)
	}
}

// TestContextEnds: an example ends with its context, whatever it waits for.
func TestContextEnds(t *testing.T) {
	for name, example := range map[string]func(context.Context, *kit.Env) error{"futures": futures, "foreign": foreign} {
		for i := range 2 {
			t.Run(fmt.Sprint(name, " ", i), func(t *testing.T) {
				leaktest.Check(t)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var arrived atomic.Int64
				addr := kittest.RawServer(t, i+1, func(c net.Conn, path string) {
					if int(arrived.Add(1)) <= i {
						ok(c, path)
						return
					}
					cancel()
					cut(t, c)
				})
				var out bytes.Buffer
				err := example(ctx, &kit.Env{Out: &out, Speed: 100, Server: addr.String()})
				if !errors.Is(err, context.Canceled) || len(printed(out.String())) != i || len(regexp.MustCompile(`(?m)^\d+/Hello\w+ .*x$`).FindAllString(out.String(), -1)) != 1 {
					t.Errorf("%v\n%s", err, out.String())
				}
			})
		}
	}
}

// TestAll: the examples that stand here, and their words; others are tested beside them.
func TestAll(t *testing.T) {
	out := works(t, "all", "-speed", "1000")
	kittest.InOrder(t, out, "=== a", starting, finished, starting, "BUFFER", finished,
		"=== b", starting, "HelloAsyncAwait1\n", "HelloAsyncAwait2\n", "called back\n", finished, "100 responses in ",
		"=== c", "our runtime", "Parker: 10000 wakes, 10000 seen\n")
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
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			addr := kittest.RawServer(t, len(four), func(conn net.Conn, _ string) { c.serve(conn) })
			out, stderr, status := command("futures", "-speed", "100", "-server", addr.String())
			theRequestsFail(t, four, stderr, status, addr, c.want)
			rowsOf(t, out, four, len(four))
			if got := printed(out); len(got) > 0 {
				t.Errorf("printed: %q", got)
			}
		})
	}
}

// theRequestsFail: a line for each request, in any order, which names it and says
// what happened.
func theRequestsFail(t *testing.T, paths []string, stderr string, status int, addr netip.AddrPort, want string) {
	t.Helper()
	lines := slices.Sorted(strings.Lines(stderr))
	if status != 1 || len(lines) != len(paths) {
		t.Fatalf("status %d, %d lines:\n%s", status, len(lines), stderr)
	}
	for i, path := range slices.Sorted(slices.Values(paths)) {
		begin := fmt.Sprintf("%s: GET %v%s: ", chapter, addr, path)
		if !strings.HasPrefix(lines[i], begin) || !strings.Contains(lines[i], want) {
			t.Errorf("%q; want %q and %q", lines[i], begin, want)
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
	for _, example := range []string{"futures", "foreign"} {
		for _, addr := range []string{addr, "no port", "127.0.0.1:99999"} {
			_, stderr, status := command(example, "-server", addr)
			if status != 1 || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, chapter+": delay server "+addr) {
				t.Errorf("%s -server %s: status %d, %q", example, addr, status, stderr)
			}
		}
	}
}
