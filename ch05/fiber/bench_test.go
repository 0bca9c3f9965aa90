//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"os"
	"testing"
)

// One operation is one switch, in all three.

func BenchmarkSwitch(b *testing.B) {
	rt := open(b, Options{})
	var here Context
	var there *Context
	there, _, err := rt.Prepare(func() {
		for range b.N / 2 {
			Switch(there, &here)
		}
	}, &here)
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N/2 + 1 {
		Switch(&here, there)
	}
}

// A Yield is two switches, one to Run and one to the next fiber.
func BenchmarkYield(b *testing.B) {
	rt := open(b, Options{})
	for range 2 {
		spawn(b, func() {
			for range b.N / 4 {
				Yield()
			}
		})
	}
	b.ResetTimer()
	if err := rt.Run(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkPull(b *testing.B) {
	next, stop := iter.Pull(func(yield func(int) bool) {
		for yield(0) {
		}
	})
	defer stop()
	for range b.N / 2 {
		next()
	}
}

// BenchmarkSuspended measures a fiber that has printed a line and waits. It reports the fiber's addresses,
// the memory behind them, and the time for a turn in which the fiber waits again. With 10,000 fibers, no
// stack is in the processor's caches.
func BenchmarkSuspended(b *testing.B) {
	const suspended = 10_000
	rt := open(b, Options{MaxFibers: suspended})
	before, after, over := residentPages(), 0, false
	for i := range suspended {
		spawn(b, func() {
			fmt.Fprintln(io.Discard, "Program starting")
			if i == suspended-1 { // the others wait
				after = residentPages()
			}
			Yield()
			for !over && b.Loop() {
				Yield()
			}
			over = true
		})
	}
	if err := rt.Run(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(pageSize+rt.arena.stackSize), "reserved-bytes/fiber")
	if after > before {
		b.ReportMetric(float64((after-before)*pageSize)/suspended, "touched-bytes/fiber")
	}
}

// residentPages returns how many pages of memory this process takes, or 0 where the system doesn't say.
func residentPages() (n int) {
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		fmt.Fscan(bytes.NewReader(statm), new(int), &n)
	}
	return n
}
