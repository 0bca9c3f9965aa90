package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"ch05/fiber"
	"ch05/kit/kittest"
	"ch05/kit/leaktest"
)

// requestExamples send the five requests, each in its way.
var requestExamples = []string{"fibers-io"}

var program = kittest.Program{Chapter: chapter, Headline: headline, Examples: examples}

func command(args ...string) (out, stderr string, status int) { return program.Command(args...) }

func TestMain(m *testing.M) {
	// On a system without fibers every example returns this error, and there is nothing to test.
	rt, err := fiber.New(fiber.Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(0)
	}
	rt.Close()
	patience = 10 * time.Second
	kittest.Main(m, main)
}

func TestTable(t *testing.T) { program.CheckTable(t) }

func TestStatus(t *testing.T) {
	for args, want := range map[string]int{"list": 0, "nosuch": 2, "-speed 0": 2, "fibers-io -server 127.0.0.1:bad": 1} {
		kittest.Status(t, args, want)
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

func TestStackSwap(t *testing.T) {
	out := works(t, "stack-swap")
	kittest.InOrder(t, out, "before the switch", "I LOVE WAKING UP ON A NEW STACK!", "and back again")
	var before, there, after uint64
	at := strings.SplitAfter(out, "a local variable is at ")
	fmt.Sscanf(at[1], "0x%x", &before)
	fmt.Sscanf(at[2], "0x%x", &there)
	fmt.Sscanf(at[3], "0x%x", &after)
	distance := func(a, b uint64) uint64 { return max(a, b) - min(a, b) }
	if before == 0 || there == 0 || distance(before, there) < max(1<<20, distance(before, after)) { // a goroutine's stack may move
		t.Errorf("variables at %#x, %#x, %#x: want two that are near and one elsewhere", before, there, after)
	}
}

func TestShowStack(t *testing.T) {
	out := works(t, "show-stack")
	kittest.InOrder(t, out, "the stack, from the top down", "nothing", "free: the frame of ch05/fiber.skip", "the context", "sp: ", "ch05/fiber.skip", "lo: ", "top: ")
	var last uint64
	for _, line := range strings.Split(out, "\n") {
		var addr uint64
		if strings.HasPrefix(line, "the context") {
			break
		}
		if _, err := fmt.Sscanf(strings.TrimSpace(line), "0x%x", &addr); err != nil {
			continue
		}
		if last != 0 && addr != last-8 {
			t.Errorf("%#x follows on %#x: want one word after the other, downwards", addr, last)
		}
		last = addr
	}
	if last == 0 {
		t.Error("no words")
	}
}

func TestFibers(t *testing.T) {
	var want bytes.Buffer
	for i := range 16 {
		for id, n := range []int{10, 15} {
			if i == 0 {
				fmt.Fprintf(&want, "THREAD %d STARTING\n", id+1)
			}
			if i < n {
				fmt.Fprintf(&want, "thread: %d counter: %d\n", id+1, i)
			}
			if i == n {
				fmt.Fprintf(&want, "THREAD %d FINISHED\n", id+1)
			}
		}
	}
	for _, args := range [][]string{nil, {"fibers"}, {"c"}} {
		if out := works(t, args...); out != want.String() {
			t.Errorf("%q: got\n%s\nwant\n%s", args, out, want.String())
		}
	}
}

func TestFibersClosure(t *testing.T) {
	want := `I haven't implemented a timer in this example.
But we can still nest tasks...
THREAD 2 FINISHED.
...like this!
THREAD 3 FINISHED.
Finally, notice how the tasks are executed concurrently.
THREAD 1 FINISHED.
`
	if out := works(t, "fibers-closure"); out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

func TestFibersIO(t *testing.T) {
	s := kittest.Gated(t, requests)
	out := works(t, "fibers-io", "-server", s.Addr().String())
	kittest.InOrder(t, out,
		"RECEIVED: request-4\n", "HTTP/1.1 200 OK", "\r\n\r\nrequest-4\n------", "RECEIVED: request-3\n",
		"RECEIVED: request-2\n", "RECEIVED: request-1\n", "RECEIVED: request-0\n", "FINISHED\n",
		"request-0 ", "#\n", "request-1 ", "request-2 ", "request-3 ", "request-4 ", "0s")
}

func TestOverflow(t *testing.T) {
	t.Setenv("CHAPTER_MAIN", "1") // for the child
	out := works(t, "overflow")
	kittest.InOrder(t, out, "an ordinary goroutine: 1000000 calls deep, and back", "a fiber with 64 KiB", "stack overflow", "exit status 2")
}

func TestSwitchCost(t *testing.T) {
	kittest.InOrder(t, works(t, "switch-cost", "-n", "1000"), "ns per switch", "bare switch", "OS thread: over a channel")
	for _, n := range []string{"0", "999", "-5", "2000000000"} {
		if _, _, status := command("switch-cost", "-n", n); status != 2 {
			t.Errorf("-n %s: status %d, want 2", n, status)
		}
	}
}

func TestAll(t *testing.T) {
	t.Setenv("CHAPTER_MAIN", "1")
	out := works(t, "all", "-speed", "100")
	kittest.InOrder(t, out, "=== a", "=== b", "=== c", "=== d", "=== e", "FINISHED", "=== f", "=== g")
}
