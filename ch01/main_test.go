package main

import (
	"runtime"
	"strings"
	"testing"

	"ch01/kit/kittest"
)

var program = kittest.Program{Chapter: chapter, Headline: headline, Examples: examples}

func command(args ...string) (out, stderr string, status int) { return program.Command(args...) }

func TestMain(m *testing.M) { kittest.Main(m, main) }

func TestTable(t *testing.T) { program.CheckTable(t) }

func TestStatus(t *testing.T) {
	for args, want := range map[string]int{"list": 0, "nosuch": 2, "interrupts -speed 0": 2} {
		kittest.Status(t, args, want)
	}
}

// ok runs an example that has to work and returns what it printed.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	out, stderr, status := command(args...)
	if status != 0 || stderr != "" {
		t.Fatalf("%q: status %d, %q", args, status, stderr)
	}
	return out
}

// refused runs an example with arguments that it can't take.
func refused(t *testing.T, args ...string) {
	t.Helper()
	out, stderr, status := command(args...)
	if line, _, _ := strings.Cut(stderr, "\n"); status != 2 || out != "" || !strings.HasPrefix(line, chapter+": ") {
		t.Errorf("%q: status %d, %q, %q; want 2 and a line that says why", args, status, out, stderr)
	}
}

func TestAll(t *testing.T) {
	out := ok(t, "all", "-speed", "100")
	kittest.InOrder(t, out, "=== a  dereference", "\n100\n", "=== b  bad-pointer", "0x5af3107a3fff",
		"=== c  bar", "2 asynchronous", "=== d  multitasking", "preemptive", "=== e  interrupts")
}

func TestHeadlineIsTheBar(t *testing.T) {
	if out := ok(t); out != ok(t, "bar") || out != ok(t, "c") {
		t.Errorf("not the same hour in each run:\n%s", out)
	}
}

func TestBar(t *testing.T) {
	kittest.InOrder(t, ok(t, "bar"),
		"order 5s, pour 10s, settle 1m59.5s (no hands), top up and serve 5s: 2m19.5s, 20s of it hands-on",
		"orders/hour", "limit", "busy", "longest wait",
		"1 synchronous ", "25.0 ", "25.8 ", "14% ", "54m10s", "335", "sequential",
		"2 synchronous ", "50.0 ", "51.6 ", "14% 14% ", "50m10s", "310", "parallel",
		"1 asynchronous ", "175.0 ", "180.0 ", "100% ", "30m50s", "185", "concurrent",
		"2 asynchronous ", "347.0 ", "360.0 ", "99% 99% ", "2m20s", "13", "parallel and concurrent",
		"The first 5m0s", "1 synchronous  ", "2 synchronous A", "2 synchronous B",
		"1 asynchronous  ", "2 asynchronous A", "2 asynchronous B", "5m0s",
		"only the waiting is used")
}

// TestBarOfTheBook checks the numbers of the book's errata, which are for a
// queue that never ends.
func TestBarOfTheBook(t *testing.T) {
	kittest.InOrder(t, ok(t, "bar", "-every", "1s"), "\n1 asynchronous ", "175.0 ", "180.0 ", "\n2 asynchronous ", "350.0 ", "360.0 ")
}

func TestBarFlags(t *testing.T) {
	out := ok(t, "bar", "-order", "1s", "-pour", "2s", "-settle", "0", "-serve", "3s", "-every", "6s", "-for", "1m")
	kittest.InOrder(t, out, "order 1s, pour 2s, settle 0s (no hands), top up and serve 3s: 6s, 6s of it hands-on",
		"every 6s", "open for 1m0s", "1 synchronous", "600.0", "600.0", "100%", "6s", "0", "The first 1m0s")
	kittest.InOrder(t, ok(t, "bar", "-for", "100s"), "\n1 synchronous ", "0.0 ", "25.8 ", "15% ", " -  ", " 10 ") // nobody is served yet
	for _, args := range []string{
		"-order 0", "-order -1s", "-pour 0s", "-serve 0", "-settle -1ns", "-every 0", "-for 0", "-for -1h",
		"-settle 1001h", "-for 1001h", "-every 1ns", "-order x", "-for 5",
	} {
		refused(t, append([]string{"bar"}, strings.Fields(args)...)...)
	}
}

func TestMultitasking(t *testing.T) {
	out := ok(t, "multitasking")
	kittest.InOrder(t, out, "editor ", "4 × 10ms", "compress ", "1 × 300ms", "music ", "3 × 20ms",
		"non-preemptive", "first runs at", "longest pause", "done at",
		"editor ", "0s ", "320ms", "400ms", "compress ", "10ms ", "10ms ", "310ms", "music ", "310ms ", "310ms ", "390ms",
		"8 ended by the task itself, 0 by the timer", "400ms\n",
		"\npreemptive: the timer interrupts a turn after 10ms",
		"editor ", "0s ", "20ms", "100ms", "compress ", "10ms ", "20ms ", "400ms", "music ", "20ms ", "20ms ", "160ms",
		"8 ended by the task itself, 32 by the timer", "400ms\n", "stops the others for 300ms")
	if ok(t, "multitasking", "-long", "300ms") != out {
		t.Error("not the same in each run")
	}
	kittest.InOrder(t, ok(t, "d", "-long", "1s", "-slice", "50ms"), "1 × 1s", "a turn after 50ms", "stops the others for 1s")
	for _, args := range []string{
		"-slice 0", "-slice -1ms", "-slice 2h", "-slice 1ns", "-long 0", "-long -1s", "-long 2h", "-long 1h -slice 1ms", "-slice x",
	} {
		refused(t, append([]string{"multitasking"}, strings.Fields(args)...)...)
	}
}

func TestInterrupts(t *testing.T) {
	if runtime.GOOS != "linux" {
		_, stderr, status := command("interrupts")
		if status != 1 || !strings.Contains(stderr, "Linux only") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("status %d, %q; want 1 and one line", status, stderr)
		}
		return
	}
	out := ok(t, "interrupts", "-speed", "20")
	kittest.InOrder(t, out, "waits for 50ms twice", "blocking read", "busy loop", "wall time", "CPU time in user mode",
		"CPU time in the kernel", "  voluntary context switches", "involuntary context switches",
		"interrupts", "a voluntary context", "an involuntary context")
}
