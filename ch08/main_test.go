package main

import (
	"bytes"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ch08/kit/delay"
	"ch08/kit/kittest"
	"ch08/kit/leaktest"
)

var (
	two  = []string{"/6/HelloAsyncAwait", "/4/HelloAsyncAwait"}
	five = []string{"/0/HelloWorld0", "/10/HelloWorld1", "/20/HelloWorld2", "/30/HelloWorld3", "/40/HelloWorld4"}
)

// requestExamples send these requests at -speed 100.
var requestExamples = map[string][]string{
	"base":             two,
	"reactor-executor": two,
	"concurrent":       five,
	"multiple-threads": slices.Repeat(five, 12),
}

// executors are the names of an example's executors.
func executors(example string) (names []string) {
	switch example {
	case "reactor-executor", "concurrent":
		names = []string{"main"}
	case "multiple-threads":
		names = []string{"main"}
		for i := 1; i < 12; i++ {
			names = append(names, fmt.Sprint("exec-", i))
		}
	}
	return names
}

// printed returns which responses an example has printed, in that order.
func printed(out string) (bodies []string) {
	return regexp.MustCompile(`(?m)^\S*Hello\w+$`).FindAllString(out, -1)
}

// same: the same texts in any order.
func same(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// messages returns what the delay server answers.
func messages(paths []string) (messages []string) {
	for _, p := range paths {
		messages = append(messages, p[strings.LastIndex(p, "/")+1:])
	}
	return messages
}

const (
	start    = "FIRST POLL - START OPERATION\n"
	schedule = "Schedule other tasks\n"
	one      = "main: 1 pending tasks. Sleep until notified.\n"
	over     = "main: All tasks are finished\n"
)

// few is how many events a request may have: it becomes writable, there is something
// to read, and the end; the systems tell some of it twice.
const few = 10

// wellFormed looks at what an example prints at -speed 100, whatever the order of the responses.
func wellFormed(t *testing.T, example, out string) {
	t.Helper()
	paths := requestExamples[example]
	if n := strings.Count(out, start); n != len(paths) {
		t.Errorf("%d times %q, want %d", n, start, len(paths))
	}
	if n, want := strings.Count(out, "Program starting\n"), max(1, len(executors(example))); n != want {
		t.Errorf("the program starts %d times, want %d", n, want)
	}
	headers := len(paths)
	if example == "multiple-threads" { // which prints bodies alone
		headers = 0
	}
	if n := strings.Count(out, "HTTP/1.1 200 OK\r\n"); n != headers {
		t.Errorf("%d headers, want %d", n, headers)
	}
	if n := strings.Count(out, schedule); n > 0 && example != "base" || n > few*len(paths) {
		t.Errorf("other tasks are scheduled %d times", n)
	}
	told := 0
	for _, name := range executors(example) {
		told += executorOf(t, example, name, out)
	}
	if n := strings.Count(out, " pending tasks. ") + strings.Count(out, "All tasks are finished"); n != told {
		t.Errorf("%d lines of executors, and %d of those that there should be:\n%s", n, told, out)
	}
	rowsOf(t, example, out, 0)
}

// executorOf looks at what one executor has told, and returns the number of lines. How often it
// has slept depends on how fast the server is.
func executorOf(t *testing.T, example, name, out string) int {
	t.Helper()
	pending, requests := 5, 5
	if example == "reactor-executor" { // one task, which makes both
		pending, requests = 1, 2
	}
	lines := regexp.MustCompile(`(?m)^`+name+`: (.+)$`).FindAllStringSubmatch(out, -1)
	if n := len(lines); n == 0 || n > requests*few || lines[n-1][1] != "All tasks are finished" {
		t.Fatalf("%s tells %q", name, lines)
	}
	for _, l := range lines[:len(lines)-1] {
		number, ok := strings.CutSuffix(l[1], " pending tasks. Sleep until notified.")
		n, err := strconv.Atoi(number)
		if !ok || err != nil || n < 1 || n > pending {
			t.Errorf("%q after %d pending tasks", l[0], pending)
		}
		pending = n
	}
	return len(lines)
}

// rowsOf looks at the timeline at the end of the output, for a row of each request.
func rowsOf(t *testing.T, example, out string, failed int) {
	t.Helper()
	paths := requestExamples[example]
	var want []string
	switch example {
	case "base":
		want = []string{"main 6/HelloAsyncAwait", "main 4/HelloAsyncAwait"}
	default:
		for _, name := range executors(example) {
			for _, m := range messages(paths[:len(paths)/len(executors(example))]) {
				want = append(want, name+" "+m)
			}
		}
	}
	_, lines, _ := strings.Cut(out[max(0, strings.LastIndex(out, "\n\n")):], "\n\n")
	rows, scale, _ := strings.Cut(lines, "\n ")
	var got []string
	for line := range strings.Lines(rows + "\n") {
		m := regexp.MustCompile(`^(\S+ \S+)  +\|?-*([#x])\n$`).FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("%q is no row:\n%s", line, out)
		}
		got = append(got, m[1])
		if m[2] == "x" {
			failed--
		}
	}
	if !same(got, want) || len(paths) < 60 && !slices.Equal(got, want) || failed != 0 || !regexp.MustCompile(`^ +0s +\d\S*s\n$`).MatchString(scale) {
		t.Errorf("rows of %q, %d too few of them with an x; want %q, and the scale:\n%s", got, failed, want, lines)
	}
}

// TestOneAfterTheOther has a server that answers each request when the example has
// nothing to do but to wait: nothing is begun before the response has been printed.
func TestOneAfterTheOther(t *testing.T) {
	for example, sleeps := range map[string]string{"base": schedule, "reactor-executor": one} {
		t.Run(example, func(t *testing.T) {
			leaktest.Check(t)
			turns := map[string]chan struct{}{two[0]: make(chan struct{}), two[1]: make(chan struct{})}
			addr := kittest.RawServer(t, 2, func(c net.Conn, path string) {
				<-turns[path]
				ok(c, path)
			})
			var first, second sync.Once
			out := watch(t, func(text string) {
				before, after, done := strings.Cut(text, two[0]+"\n")
				if strings.Contains(before, sleeps) {
					first.Do(func() { close(turns[two[0]]) })
				}
				if done && strings.Contains(after, sleeps) {
					second.Do(func() { close(turns[two[1]]) })
				}
			}, example, "-speed", "100", "-server", addr.String())
			kittest.InOrder(t, out, "Program starting\n", start, sleeps, "HTTP/1.1 200 OK\r\n", two[0]+"\n",
				start, sleeps, "HTTP/1.1 200 OK\r\n", two[1]+"\n")
			if example == "reactor-executor" {
				kittest.InOrder(t, out, two[1]+"\n"+over+"\n")
			}
			if got := printed(out); !slices.Equal(got, two) {
				t.Errorf("responses %q", got)
			}
			wellFormed(t, example, out)
		})
	}
}

// TestTwoRequests looks at what the server sees.
func TestTwoRequests(t *testing.T) {
	for _, example := range []string{"base", "reactor-executor"} {
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
		if want := "#1 - 6ms: HelloAsyncAwait\n#2 - 4ms: HelloAsyncAwait\n"; log.String() != want {
			t.Errorf("%s: the server saw %q, want %q", example, log.String(), want)
		}
		if got := printed(out); !slices.Equal(got, messages(two)) {
			t.Errorf("%s: responses %q", example, got)
		}
		wellFormed(t, example, out)
	}
}

// TestHeadline: nothing is answered before all five requests are there.
func TestHeadline(t *testing.T) {
	s := kittest.Gated(t, 5)
	out := works(t, "-speed", "100", "-server", s.Addr().String())
	kittest.InOrder(t, out, "Program starting\n"+strings.Repeat(start, 5), "HTTP/1.1 200 OK\r\n", "HelloWorld4\n"+over+"\n")
	if got := printed(out); !slices.Equal(got, messages(five)) {
		t.Errorf("responses in the order %q", got)
	}
	wellFormed(t, "concurrent", out)
}

// TestFirstAnsweredFirstPrinted has a server that answers the last request first, and each
// when the one before has been printed and the executor sleeps.
func TestFirstAnsweredFirstPrinted(t *testing.T) {
	leaktest.Check(t)
	var turns [5]chan struct{}
	var begun [5]sync.Once
	for i := range turns {
		turns[i] = make(chan struct{})
	}
	addr := kittest.RawServer(t, 5, func(c net.Conn, path string) {
		<-turns[slices.Index(five, path)]
		ok(c, path)
	})
	out := watch(t, func(text string) {
		for i := range turns {
			if strings.Contains(text, fmt.Sprintf("\nmain: %d pending tasks. ", i+1)) {
				begun[i].Do(func() { close(turns[i]) })
			}
		}
	}, "concurrent", "-speed", "100", "-server", addr.String())
	for i := range five {
		kittest.InOrder(t, out, fmt.Sprintf("\nmain: %d pending tasks. ", i+1), five[i]+"\n")
	}
	want := slices.Clone(five)
	slices.Reverse(want)
	if got := printed(out); !slices.Equal(got, want) {
		t.Errorf("responses in the order %q", got)
	}
	wellFormed(t, "concurrent", out)
}

// TestMultipleThreads: nothing is answered before the requests of all executors are there.
func TestMultipleThreads(t *testing.T) {
	s := kittest.Gated(t, 60)
	out := works(t, "multiple-threads", "-speed", "100", "-server", s.Addr().String())
	begun, responses, _ := strings.Cut(out, "\nHelloWorld")
	if n := strings.Count(begun, start); n != 60 {
		t.Errorf("%d requests before the first response:\n%s", n, out)
	}
	if strings.Contains(responses, start) {
		t.Error("one begins later")
	}
	if got := printed(out); !same(got, messages(requestExamples["multiple-threads"])) {
		t.Errorf("responses %q", got)
	}
	wellFormed(t, "multiple-threads", out)
}

// TestEveryExecutorSleeps has a server that answers when all executors do.
func TestEveryExecutorSleeps(t *testing.T) {
	leaktest.Check(t)
	asleep := make(chan struct{})
	var once sync.Once
	addr := kittest.RawServer(t, 60, func(c net.Conn, path string) {
		<-asleep
		ok(c, path)
	})
	names := executors("multiple-threads")
	out := watch(t, func(text string) {
		for _, name := range names {
			if !strings.Contains(text, "\n"+name+": 5 pending tasks. Sleep until notified.\n") {
				return
			}
		}
		once.Do(func() { close(asleep) })
	}, "multiple-threads", "-speed", "100", "-server", addr.String())
	if got := printed(out); !same(got, requestExamples["multiple-threads"]) {
		t.Errorf("responses %q", got)
	}
	wellFormed(t, "multiple-threads", out)
}

// TestOwnServer: while the server takes its time, nobody is busy.
func TestOwnServer(t *testing.T) {
	for example, paths := range requestExamples {
		out := works(t, example, "-speed", "100")
		if got := printed(out); !same(got, messages(paths)) {
			t.Errorf("%s: responses %q", example, got)
		}
		wellFormed(t, example, out)
	}
}

// TestOneFails: it is told of, and nothing else is lost.
func TestOneFails(t *testing.T) {
	for example, paths := range requestExamples {
		for i, failing := range paths[:min(5, len(paths))] {
			leaktest.Check(t)
			var failed atomic.Bool
			addr := kittest.RawServer(t, len(paths), func(c net.Conn, path string) {
				if path == failing && !failed.Swap(true) {
					fmt.Fprint(c, "HTTP/1.1 503 Busy\r\n\r\ncome later\n")
				} else {
					ok(c, path)
				}
			})
			out, stderr, status := program.Command(example, "-speed", "100", "-server", addr.String())
			theRequestsFail(t, paths[i:i+1], stderr, status, addr, `status "503 Busy": "come later"`)
			if got := printed(out); !same(got, slices.Delete(slices.Clone(paths), i, i+1)) {
				t.Errorf("%s: %q fails, and these are printed: %q", example, failing, got)
			}
			rowsOf(t, example, out, 1)
			for _, name := range executors(example) {
				kittest.InOrder(t, out, name+": All tasks are finished\n")
			}
		}
	}
}

func TestAll(t *testing.T) {
	out := works(t, "all", "-speed", "1000")
	kittest.InOrder(t, out, "=== a", "Program starting", "HelloAsyncAwait\n\n", "=== b", "Program starting", "HelloAsyncAwait\n"+over,
		"=== c", "Program starting", over, "=== d", "Program starting", "All tasks are finished\n\n", "exec-11 HelloWorld")
}
