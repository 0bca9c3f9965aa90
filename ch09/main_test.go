package main

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ch09/kit"
	"ch09/kit/delay"
	"ch09/kit/kittest"
	"ch09/kit/leaktest"
)

var two = []string{"/6/HelloAsyncAwait", "/4/HelloAsyncAwait"}

// requestExamples send these requests at -speed 100. After them pinned begins one more, which it
// drops: whether the server sees it is up to the system.
var requestExamples = map[string][]string{
	"variables":  two,
	"references": slices.Concat(two, two),
	"problem":    two,
	"pinned":     two,
}

// shown are the requests whose responses an example prints. What comes after the move is lost in problem.
func shown(example string) []string {
	if example == "problem" {
		return two[:1]
	}
	return requestExamples[example]
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
	begins    = "Program starting\n"
	operation = "FIRST POLL - START OPERATION\n"
	one       = "main: 1 pending tasks. Sleep until notified.\n"
	over      = "main: All tasks are finished\n"
)

// few is how many events a request may have: it becomes writable, there is something
// to read, and the end; the systems tell some of it twice.
const few = 10

// wellFormed looks at what an example prints at -speed 100. How often the executor has slept depends
// on how fast the server is.
func wellFormed(t *testing.T, example, out string) {
	t.Helper()
	runs, finished := 1, 1
	begun := len(requestExamples[example])
	switch example {
	case "references":
		runs, finished = 2, 2
	case "pinned":
		runs = 2 // the second one panics
		begun++
	}
	for text, want := range map[string]int{
		begins: runs, operation: begun, over: finished,
		"HTTP/1.1 200 OK\r\n": len(shown(example)),
	} {
		if n := strings.Count(out, text); n != want {
			t.Errorf("%d times %q, want %d:\n%s", n, text, want, out)
		}
	}
	if n := strings.Count(out, one); n > few*begun || n != strings.Count(out, " pending tasks. ") {
		t.Errorf("the executor sleeps %d times:\n%s", n, out)
	}
	rowsOf(t, example, out, 0)
}

// rowsOf looks at the timeline at the end of the output, for a row of each request.
func rowsOf(t *testing.T, example, out string, failed int) {
	t.Helper()
	want := slices.Clone(requestExamples[example])
	if example == "pinned" {
		want = append(want, want[0])
		failed++
	}
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

// inTurn runs an example with a server that answers each request when the example has nothing to do
// but to wait. So each of them takes more than one poll, which problem and pinned rely on.
func inTurn(t *testing.T, example string, answer func(i int, c net.Conn, path string)) (out, stderr string, status int, addr netip.AddrPort) {
	t.Helper()
	leaktest.Check(t)
	paths := requestExamples[example]
	turns, begun := make([]chan struct{}, len(paths)), make([]sync.Once, len(paths))
	for i := range turns {
		turns[i] = make(chan struct{})
	}
	var arrived, sent atomic.Int64
	addr = pathServer(t, len(paths), func(c net.Conn, path string) {
		i := int(arrived.Add(1)) - 1
		if path != paths[i] || sent.Load() != int64(i) {
			t.Errorf("request %d is %s, when %d responses have been sent", i, path, sent.Load())
		}
		<-turns[i]
		sent.Add(1)
		answer(i, c, path)
	})
	w, e := &watcher{seen: func(text string) {
		parts := strings.Split(text, operation)[1:]
		for i := range min(len(parts), len(turns)) {
			if strings.Contains(parts[i], one) {
				begun[i].Do(func() { close(turns[i]) })
			}
		}
	}}, &bytes.Buffer{}
	status = kit.Run(chapter, headline, examples, []string{example, "-speed", "100", "-server", addr.String()}, w, e)
	return w.String(), e.String(), status, addr
}

// allInTurn is inTurn with a server that answers requests with their paths.
func allInTurn(t *testing.T, example string) string {
	t.Helper()
	out, stderr, status, _ := inTurn(t, example, func(_ int, c net.Conn, path string) { ok(c, path) })
	if status != 0 || stderr != "" {
		t.Fatalf("%s: status %d, %q\n%s", example, status, stderr, out)
	}
	return out
}

// TestOneAfterTheOther: nothing is begun before the response to the one before has been sent.
func TestOneAfterTheOther(t *testing.T) {
	for example := range requestExamples {
		t.Run(example, func(t *testing.T) {
			out := allInTurn(t, example)
			if got := printed(out); !slices.Equal(got, shown(example)) {
				t.Errorf("responses %q", got)
			}
			wellFormed(t, example, out)
		})
	}
}

// moves: problem and pinned move a frame between two polls, which can't be if a response comes during the first.
func moves(example string) bool { return example == "problem" || example == "pinned" }

// TestTwoRequests looks at what the server sees.
func TestTwoRequests(t *testing.T) {
	for example, paths := range requestExamples {
		leaktest.Check(t)
		var log bytes.Buffer
		s, err := delay.Start("127.0.0.1:0", &log)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		s.Hold(1)
		out := works(t, example, "-speed", "100", "-server", s.Addr().String())
		s.Close()
		var want strings.Builder
		for i, path := range paths {
			fmt.Fprintf(&want, "#%d - %cms: HelloAsyncAwait\n", i+1, path[1])
		}
		if example == "pinned" {
			log.Truncate(min(log.Len(), want.Len()))
		}
		if log.String() != want.String() {
			t.Errorf("%s: the server saw %q, want %q", example, log.String(), want.String())
		}
		if moves(example) {
			continue
		}
		if got := printed(out); !slices.Equal(got, messages(paths)) {
			t.Errorf("%s: responses %q", example, got)
		}
		wellFormed(t, example, out)
	}
}

func TestHeadline(t *testing.T) {
	s := kittest.Gated(t, 1)
	out := works(t, "-speed", "100", "-server", s.Addr().String())
	kittest.InOrder(t, out, begins, operation, "HTTP/1.1 200 OK\r\n", "\r\n\r\nHelloAsyncAwait\n",
		operation, "HTTP/1.1 200 OK\r\n", "\r\n\r\nHelloAsyncAwait\nReceived 2 responses.\n"+over+"\n")
	wellFormed(t, "variables", out)
}

// TestOwnServer: while the server takes its time, nobody is busy.
func TestOwnServer(t *testing.T) {
	for example, paths := range requestExamples {
		out := works(t, example, "-speed", "100")
		if moves(example) {
			continue
		}
		if got := printed(out); !slices.Equal(got, messages(paths)) {
			t.Errorf("%s: responses %q", example, got)
		}
		wellFormed(t, example, out)
	}
}

// TestOneFails: it is told of, and nothing else is lost.
func TestOneFails(t *testing.T) {
	for example, paths := range requestExamples {
		for i, failing := range paths {
			out, stderr, status, addr := inTurn(t, example, func(n int, c net.Conn, path string) {
				if n == i {
					fmt.Fprint(c, "HTTP/1.1 503 Busy\r\n\r\ncome later\n")
				} else {
					ok(c, path)
				}
			})
			theRequestsFail(t, paths[i:i+1], stderr, status, addr, `status "503 Busy": "come later"`)
			want := slices.Clone(shown(example))
			if i < len(want) {
				want = slices.Delete(want, i, i+1)
			}
			if got := printed(out); !slices.Equal(got, want) {
				t.Errorf("%s: request %d, %q, fails, and these are printed: %q", example, i, failing, got)
			}
			rowsOf(t, example, out, 1)
			kittest.InOrder(t, out, over)
			if example == "variables" {
				kittest.InOrder(t, out, "\nReceived 1 responses.\n"+over)
			}
			if lost := strings.Contains(out, "into the old frame"); lost != (example == "problem" && i == 0) {
				t.Errorf("%s: request %d fails, a response is lost: %v\n%s", example, i, lost, out)
			}
		}
	}
}

func TestAll(t *testing.T) {
	out := works(t, "all", "-speed", "1000")
	kittest.InOrder(t, out, "=== a", begins, "Received 2 responses.\n", "=== b", begins, "BUFFER", over, begins, "BUFFER", over,
		"=== c", begins, "BUFFER", over, "=== d", "heap: ", "projection: ",
		"=== e", "unmoved:\n", "BUFFER", "moved after the first poll:\n", "HelloAsyncAwait")
}
