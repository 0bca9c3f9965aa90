package main

import (
	"bytes"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ch06/future"
	"ch06/kit"
	"ch06/kit/delay"
	"ch06/kit/kittest"
	"ch06/kit/leaktest"
)

// requestExamples send requests. Each gives up at the first that fails.
var requestExamples = []string{"leaf", "non-leaf"}

const failures = 1 // lines on stderr, if all requests fail

const lazy = "The future is there. Nothing has been sent: futures are lazy.\n"

// TestLeaf has a server that answers when the future has been polled three
// times in vain.
func TestLeaf(t *testing.T) {
	var printed sync.Once
	isLazy, answer := make(chan struct{}), make(chan struct{})
	addr := kittest.RawServer(t, 1, func(c net.Conn, _ string) {
		select {
		case <-isLazy:
		default:
			t.Error("a request before the first poll")
		}
		<-answer
		ok(c, "HelloFuture")
	})
	var third sync.Once
	out := watch(t, func(text string) {
		if text == lazy {
			printed.Do(func() { close(isLazy) })
		}
		if strings.Contains(text, "poll 3: NotReady\n") {
			third.Do(func() { close(answer) })
		}
	}, "leaf", "-speed", "100", "-server", addr.String())
	kittest.InOrder(t, out, lazy, "poll 1: NotReady\n", "poll 2: NotReady\n", "poll 3: NotReady\n",
		": ready\n\nHTTP/1.1 200 OK\r\n", "\r\n\r\nHelloFuture\n\n", "GET  |", "#\n", "0s")
	polls := regexp.MustCompile(`poll (\d+): (\w+)`).FindAllStringSubmatch(out, -1)
	for i, p := range polls {
		if p[1] != strconv.Itoa(i+1) || p[2] == "ready" != (i == len(polls)-1) {
			t.Errorf("poll %d of %d says %q", i+1, len(polls), p[0])
		}
	}
}

func TestHeadline(t *testing.T) {
	s := kittest.Gated(t, 1)
	out := works(t, "-speed", "1000", "-server", s.Addr().String())
	kittest.InOrder(t, out, lazy, "ready\n\nHTTP/1.1 200 OK", "HelloFuture\n", "GET ", "0s")
	kittest.InOrder(t, works(t, "leaf", "-speed", "100"), lazy, "HelloFuture\n") // with a server of its own
}

func TestNonLeaf(t *testing.T) {
	leaktest.Check(t)
	var log bytes.Buffer
	s, err := delay.Start("127.0.0.1:0", &log)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Hold(1)
	out := works(t, "non-leaf", "-speed", "100", "-server", s.Addr().String())
	kittest.InOrder(t, out, "first poll: the first GET begins\n", "the first response is there: \"Hello\". The second GET is made of it\n",
		"the second response is there: \"Hello-again\"\n", "\"Hello Hello-again\" after ", " polls of one future\n",
		"GET 1 ", "#\n", "GET 2 ", "#\n", "0s") // a row that is much shorter than the other has no |
	s.Close()
	if want := "#1 - 3ms: Hello\n#2 - 3ms: Hello-again\n"; log.String() != want {
		t.Errorf("the server saw %q, want %q", log.String(), want)
	}
	kittest.InOrder(t, works(t, "non-leaf", "-speed", "100"), `"Hello Hello-again" after `)
}

// TestNonLeafOddAnswers: what a server sends becomes part of the second path.
func TestNonLeafOddAnswers(t *testing.T) {
	leaktest.Check(t)
	addr := kittest.RawServer(t, 2, func(c net.Conn, _ string) { ok(c, "") })
	kittest.InOrder(t, works(t, "non-leaf", "-speed", "100", "-server", addr.String()), `" " after `)

	addr = kittest.RawServer(t, 1, func(c net.Conn, _ string) { ok(c, "a HTTP/1.1\r\nEvil: yes") })
	_, stderr, status := program.Command("non-leaf", "-speed", "100", "-server", addr.String())
	if want := fmt.Sprintf("%s: GET %v\"/3/a HTTP/1.1\\r\\nEvil: yes-again\": a path ", chapter, addr); status != 1 ||
		!strings.HasPrefix(stderr, want) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("status %d, %q; want a line that begins with %q", status, stderr, want)
	}

	var once sync.Once
	addr = kittest.RawServer(t, 2, func(c net.Conn, _ string) { once.Do(func() { ok(c, "fine") }) })
	_, stderr, status = program.Command("non-leaf", "-speed", "100", "-server", addr.String())
	if want := fmt.Sprintf("%s: GET %v/3/fine-again: ", chapter, addr); status != 1 || !strings.HasPrefix(stderr, want) {
		t.Errorf("the second fails: status %d, %q; want %q", status, stderr, want)
	}
}

// TestNonLeafDrop drops the future of two GETs before the first, during each of
// them, and when it is done.
func TestNonLeafDrop(t *testing.T) {
	for answers := -1; answers <= 2; answers++ {
		t.Run(fmt.Sprint(answers), func(t *testing.T) { dropAfter(t, answers) })
	}
}

func dropAfter(t *testing.T, answers int) {
	leaktest.Check(t)
	arrived := make(chan struct{}, 2)
	addr := kittest.RawServer(t, min(answers+1, 2), func(c net.Conn, _ string) {
		arrived <- struct{}{}
		if len(arrived) <= answers {
			ok(c, "x")
		} else if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("%d, %v; want the connection closed", n, err)
		}
	})
	r, err := (&kit.Env{Speed: 1000, Server: addr.String()}).Requests()
	if err != nil {
		t.Fatal(err)
	}
	f := &twice{r: r, log: func(string, ...any) {}}
	for done := answers < 0; !done; done = done || answers < 2 && len(arrived) > answers {
		txt, err := f.Poll()
		if done = err != future.NotReady; done && (err != nil || txt != "x x" || answers < 2) {
			t.Fatalf("%q, %v", txt, err)
		}
		time.Sleep(time.Millisecond)
	}
	f.Drop()
	f.Drop()
	defer func() {
		if p := recover(); p != future.PolledAfterCompletion {
			t.Errorf("polled after Drop: %v", p)
		}
	}()
	f.Poll()
}

// TestCPUBound has the thread compute until the timers have rung. The work
// inside of Poll is real: it takes 6 ms or longer, and all timers are due by 4.
func TestCPUBound(t *testing.T) {
	old := compute
	defer func() { compute = old }()
	rang, begun := make(chan struct{}), 0
	compute = func(d time.Duration) {
		if begun++; begun == 1 {
			old(d)
			return
		}
		select {
		case <-rang:
		case <-time.After(time.Minute):
			t.Error("the timers didn't ring during the work")
		}
	}
	var once sync.Once
	out := watch(t, func(text string) {
		if strings.Count(text, " rings, ") == 8 {
			once.Do(func() { close(rang) })
		}
	}, "cpu-bound", "-speed", "50")
	first, second, _ := strings.Cut(out, "\ncomputing on a thread of its own, behind a leaf future\n")
	kittest.InOrder(t, first, "computing inside of Poll\n", "work has computed in Poll\n", "timer 1 rings", "timer 2 rings", "timer 3 rings", "timer 4 rings",
		"work ", "|", "====", "#\n", "timer 4  ", "0s")
	kittest.InOrder(t, second, "timer 1 rings", "timer 2 rings", "timer 3 rings", "timer 4 rings", "work has computed on a thread\n",
		"work ", "|", "#\n", "timer 4  ", "0s", "with the work in Poll", "with it on a thread.\n", "cooperative scheduling")

	for i, m := range regexp.MustCompile(`timer (\d) rings, (\S+) late`).FindAllStringSubmatch(first, -1) {
		late, err := time.ParseDuration(m[2])
		if least := time.Duration(5-i) * time.Millisecond; err != nil || late < least {
			t.Errorf("%q: want %v or more", m[0], least)
		}
	}
	_, summary, _ := strings.Cut(second, "late by up to ")
	inPoll, _, _ := strings.Cut(summary, " ")
	if late, err := time.ParseDuration(inPoll); err != nil || late < 5*time.Millisecond {
		t.Errorf("%q: want 5ms or more", summary)
	}
}

func TestCompute(t *testing.T) {
	begin := time.Now()
	compute(2 * time.Millisecond)
	if d := time.Since(begin); d < 2*time.Millisecond {
		t.Errorf("it took %v", d)
	}
}

func TestAll(t *testing.T) {
	out := works(t, "all", "-speed", "100")
	kittest.InOrder(t, out, "=== a", lazy, "HelloFuture", "=== b", "Hello Hello-again", "=== c", "computing inside", "on a thread of its own")
}
