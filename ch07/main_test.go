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
	"testing"

	"ch07/bench"
	"ch07/future"
	"ch07/kit"
	"ch07/kit/delay"
	"ch07/kit/kittest"
	"ch07/kit/leaktest"
)

// requestExamples send requests. These are the ones that stand on stderr, and what
// stands before them, if all fail.
var requestExamples = map[string][]string{
	"coroutine":   {"HelloWorld1", "HelloWorld2"},
	"async-await": {"HelloWorld0", "HelloWorld1", "HelloWorld2", "HelloWorld3", "HelloWorld4"},
	"join-all": {"future 0: HelloWorld0", "future 1: HelloWorld1", "future 2: HelloWorld2",
		"future 3: HelloWorld3", "future 4: HelloWorld4"},
	"stackful": {"HelloWorld0"}, // and no other is begun
}

// rounds returns how often an example says that it has polled.
func rounds(t *testing.T, out string) int {
	t.Helper()
	m := regexp.MustCompile(`\nELAPSED TIME: \S+s, (\d+) rounds of polling\n\n`).FindAllStringSubmatch("\n"+out, -1)
	if len(m) != 1 {
		t.Fatalf("want one line with the rounds of polling:\n%s", out)
	}
	n, err := strconv.Atoi(m[0][1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// printed returns which responses an example has printed, in that order.
func printed(out string) (messages []string) {
	for _, m := range regexp.MustCompile(`HTTP/1.1 200 OK\r\n(?:.+\r\n)*\r\n(\S+)\n\n`).FindAllStringSubmatch(out, -1) {
		messages = append(messages, m[1])
	}
	return messages
}

// hellos returns what the delay server is asked for.
func hellos(numbers ...int) (messages []string) {
	for _, i := range numbers {
		messages = append(messages, fmt.Sprint("HelloWorld", i))
	}
	return messages
}

// timelineOf fails unless the output ends with a timeline of these.
func timelineOf(t *testing.T, out string, messages []string) {
	t.Helper()
	_, lines, _ := strings.Cut(out, " rounds of polling\n\n")
	for _, m := range messages {
		kittest.InOrder(t, lines, m+"  ", "\n")
		_, lines, _ = strings.Cut(lines, "\n")
	}
	if !strings.HasPrefix(strings.TrimLeft(lines, " "), "0s") {
		t.Errorf("want %d rows and the scale:\n%s", len(messages), out)
	}
}

const schedule = "Schedule other tasks\n"

// TestCoroutine has a server that answers each request when other tasks have been
// scheduled three times in the meantime.
func TestCoroutine(t *testing.T) {
	leaktest.Check(t)
	turns := map[string]chan struct{}{"HelloWorld1": make(chan struct{}), "HelloWorld2": make(chan struct{})}
	addr := kittest.RawServer(t, 2, func(c net.Conn, path string) {
		message := path[strings.LastIndex(path, "/")+1:]
		<-turns[message]
		ok(c, message)
	})
	var first, second sync.Once
	out := watch(t, func(text string) {
		before, after, done := strings.Cut(text, "HelloWorld1\n\n")
		if strings.Count(before, schedule) == 3 {
			first.Do(func() { close(turns["HelloWorld1"]) })
		}
		if done && strings.Count(after, schedule) == 3 {
			second.Do(func() { close(turns["HelloWorld2"]) })
		}
	}, "coroutine", "-speed", "100", "-server", addr.String())
	kittest.InOrder(t, out, "Program starting\n", schedule, schedule, schedule, "HTTP/1.1 200 OK\r\n", "HelloWorld1\n\n",
		schedule, schedule, schedule, "HTTP/1.1 200 OK\r\n", "HelloWorld2\n\n", "ELAPSED TIME: ")
	if n := strings.Count(out, schedule); rounds(t, out) != n+1 {
		t.Errorf("other tasks are scheduled %d times between %d rounds", n, rounds(t, out))
	}
	timelineOf(t, out, hellos(1, 2))
}

// TestAsyncAwait looks at what the server sees, and TestOneAfterTheOther at when.
func TestAsyncAwait(t *testing.T) {
	leaktest.Check(t)
	var log bytes.Buffer
	s, err := delay.Start("127.0.0.1:0", &log)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Hold(1)
	out := works(t, "async-await", "-speed", "100", "-server", s.Addr().String())
	s.Close()
	want := "#1 - 0ms: HelloWorld0\n#2 - 10ms: HelloWorld1\n#3 - 20ms: HelloWorld2\n#4 - 30ms: HelloWorld3\n#5 - 40ms: HelloWorld4\n"
	if log.String() != want {
		t.Errorf("the server saw %q, want %q", log.String(), want)
	}
	kittest.InOrder(t, out, "Program starting\n", "HelloWorld0\n\n", "HelloWorld4\n\n", "ELAPSED TIME: ")
	if got := printed(out); !slices.Equal(got, hellos(0, 1, 2, 3, 4)) {
		t.Errorf("responses in the order %q", got)
	}
	rounds(t, out)
	timelineOf(t, out, hellos(0, 1, 2, 3, 4))
	kittest.InOrder(t, works(t, "async-await", "-speed", "1000"), "Program starting\n", "HelloWorld4\n\n") // with a server of its own
}

// TestHeadline: nothing is answered before all five requests are there.
func TestHeadline(t *testing.T) {
	s := kittest.Gated(t, 5)
	out := works(t, "-speed", "1000", "-server", s.Addr().String())
	kittest.InOrder(t, out, "Program starting\n", "HelloWorld4\n\n",
		`in the order of the futures: ["HelloWorld0" "HelloWorld1" "HelloWorld2" "HelloWorld3" "HelloWorld4"]`+"\n", "ELAPSED TIME: ")
	if got := printed(out); !slices.Equal(got, hellos(0, 1, 2, 3, 4)) {
		t.Errorf("responses in the order %q", got)
	}
	if n := rounds(t, out); n < 2 {
		t.Errorf("%d rounds of polling: the first is over before anything is answered", n)
	}
	timelineOf(t, out, hellos(0, 1, 2, 3, 4))
	kittest.InOrder(t, works(t, headline, "-speed", "1000"), "Program starting\n", "HelloWorld4\n\n") // with a server of its own
}

// TestJoinAllKeepsTheOrder has a server that answers the last request first, and each
// when the client is done with the one before.
func TestJoinAllKeepsTheOrder(t *testing.T) {
	leaktest.Check(t)
	var all sync.WaitGroup
	all.Add(5)
	var turns [6]chan struct{}
	for i := range turns {
		turns[i] = make(chan struct{})
	}
	close(turns[5])
	addr := kittest.RawServer(t, 5, func(c net.Conn, path string) {
		message := path[strings.LastIndex(path, "/")+1:]
		i := int(message[len(message)-1] - '0')
		all.Done()
		all.Wait()
		<-turns[i+1]
		ok(c, message)
		c.(*net.TCPConn).CloseWrite()
		c.Read(make([]byte, 1))
		close(turns[i])
	})
	out := works(t, "join-all", "-speed", "1000", "-server", addr.String())
	if got := printed(out); !slices.Equal(got, hellos(4, 3, 2, 1, 0)) {
		t.Errorf("responses in the order %q", got)
	}
	kittest.InOrder(t, out, "HelloWorld0\n\n", `in the order of the futures: ["HelloWorld0" "HelloWorld1" "HelloWorld2" "HelloWorld3" "HelloWorld4"]`+"\n")
	timelineOf(t, out, hellos(0, 1, 2, 3, 4))
}

// TestStackful has three messages, of which the last is not the longest.
func TestStackful(t *testing.T) {
	leaktest.Check(t)
	addr := kittest.RawServer(t, 3, func(c net.Conn, path string) {
		message := path[strings.LastIndex(path, "/")+1:]
		ok(c, map[string]string{"HelloWorld0": "short", "HelloWorld1": "the longest", "HelloWorld2": "last"}[message])
	})
	out := works(t, "stackful", "-speed", "1000", "-server", addr.String())
	kittest.InOrder(t, out, "the longest and last of three: \"the longest\"\n", "ELAPSED TIME: ", "HelloWorld0  ", "HelloWorld1  ", "HelloWorld2  ", "0s",
		"\nwhat one of 10000 suspended coroutines costs:\n", "type", "bytes", "make and first poll", "later polls")
	for _, suspended := range []any{suspend(bench.Never{}), suspendStackful(bench.Never{})} {
		if !strings.Contains(out, fmt.Sprintf("\n%T  ", suspended)) {
			t.Errorf("no row for a %T", suspended)
		}
	}
	for _, row := range regexp.MustCompile(`(?m)^\*(\S+) +(\d+)  +\d\S*s  +\d\S*s$`).FindAllStringSubmatch(out, -1) {
		b, err := strconv.Atoi(row[2])
		if hasStack := strings.HasPrefix(row[1], "future."); err != nil || hasStack != (b >= 2000) || !hasStack && b > 500 {
			t.Errorf("%q: a stack takes 2 KiB, and a struct doesn't", row[0])
		}
		out = strings.Replace(out, row[0], "", 1)
	}
	if strings.Contains(out, "\n*") {
		t.Errorf("rows without numbers:\n%s", out)
	}
	kittest.InOrder(t, works(t, "stackful", "-speed", "1000"), `the longest and last of three: "HelloWorld2"`) // with a server of its own
}

// TestOneFails: it is told of, and nothing else is lost.
func TestOneFails(t *testing.T) {
	for example, failures := range requestExamples {
		for i, failing := range failures {
			leaktest.Check(t)
			all := hellos(0, 1, 2, 3, 4)
			switch example {
			case "coroutine":
				all = hellos(1, 2)
			case "stackful": // gives up
				all = hellos(0)
			}
			addr := kittest.RawServer(t, len(all), func(c net.Conn, path string) {
				message := path[strings.LastIndex(path, "/")+1:]
				if strings.HasSuffix(failing, message) {
					fmt.Fprint(c, "HTTP/1.1 503 Busy\r\n\r\ncome later\n")
				} else {
					ok(c, message)
				}
			})
			out, stderr, status := program.Command(example, "-speed", "1000", "-server", addr.String())
			theRequestsFail(t, failures[i:i+1], stderr, status, addr, `status "503 Busy": "come later"`)
			got := printed(out)
			slices.Sort(got)
			if want := slices.Delete(slices.Clone(all), i, i+1); !slices.Equal(got, want) {
				t.Errorf("%s: %q fails, and these are printed: %q", example, failing, got)
			}
			timelineOf(t, out, all)
			if strings.Count(out, "x\n") != 1 || strings.Count(out, "#\n") != len(all)-1 {
				t.Errorf("%s: want %d rows that end well and one that doesn't:\n%s", example, len(all)-1, out)
			}
			if example == "join-all" {
				bodies := hellos(0, 1, 2, 3, 4)
				bodies[i] = ""
				kittest.InOrder(t, out, fmt.Sprintf("in the order of the futures: %q\n", bodies))
			}
		}
	}
}

func TestAll(t *testing.T) {
	out := works(t, "all", "-speed", "1000")
	kittest.InOrder(t, out, "=== a", "Program starting", "HelloWorld2\n\n", "=== b", "Program starting", "HelloWorld4\n\n",
		"=== c", "Program starting", "in the order of the futures", "=== d", "longest and last of three", "suspended coroutines")
}

// A countdown is ready at poll number n.
type countdown struct{ n, polls int }

func (c *countdown) Poll() (struct{}, error) {
	if c.polls++; c.polls < c.n {
		return struct{}{}, future.NotReady
	}
	return struct{}{}, nil
}

func TestRounds(t *testing.T) {
	for n := 1; n < 5; n++ {
		leaktest.Check(t)
		var out bytes.Buffer
		c, between := &countdown{n: n}, 0
		begin := func(*kit.Requests, func(string)) future.Future[struct{}] { return c }
		if err := run(&kit.Env{Out: &out}, begin, func() { between++ }); err != nil ||
			c.polls != n || between != n-1 || rounds(t, out.String()) != n {
			t.Errorf("%v, %d polls, %d times in between, want %d:\n%s", err, c.polls, between, n, &out)
		}
	}
}
