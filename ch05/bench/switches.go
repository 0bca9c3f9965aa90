// Package bench measures the cost of a switch from one thread of control to another.
package bench

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"slices"
	"sync"
	"time"

	"ch05/fiber"
)

const rounds = 5 // the median counts

// Switches prints the cost of a switch in each of six ways. Each round measures
// all ways, with n switches for each (n/100 for threads).
func Switches(out io.Writer, n int) (err error) {
	rt, err := fiber.New(fiber.Options{MaxFibers: 2})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rt.Close()) }()
	costs := []struct {
		name string
		n    int
		run  func(n int) error
		took []float64 // ns for a switch, by round
	}{
		{name: "fiber: the bare switch", n: n, run: func(n int) error { return bare(rt, n) }},
		{name: "fiber: Yield, through Run", n: n, run: func(n int) error { return yields(rt, n) }},
		{name: "coroutine: iter.Pull", n: n, run: pulls},
		{name: "goroutine: Gosched, on one P", n: n, run: goscheds},
		{name: "goroutine: over a channel", n: n, run: func(n int) error { return handOffs(n, func() {}) }},
		{name: "OS thread: over a channel", n: max(n/100, 100), run: func(n int) error { return handOffs(n, runtime.LockOSThread) }},
	}
	for range rounds {
		for i := range costs {
			c := &costs[i]
			var took time.Duration
			n := 0
			for begin := time.Now(); took < 10*time.Millisecond; took = time.Since(begin) { // a tick of Windows' clock may be 1
				if err := c.run(c.n); err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				n += c.n
			}
			c.took = append(c.took, float64(took.Nanoseconds())/float64(n))
		}
	}
	fmt.Fprintf(out, "%s, %s/%s; median of %d rounds\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, rounds)
	fmt.Fprintf(out, "%-28s  %13s  %8s\n", "", "ns per switch", "ratio")
	first := median(costs[0].took)
	for _, c := range costs {
		m := median(c.took)
		fmt.Fprintf(out, "%-28s  %13.1f  %8.1f\n", c.name, m, m/first)
	}
	fmt.Fprintln(out, "\nA Yield is two bare switches, to Run and to the next fiber, and what the scheduler does in between.")
	return nil
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// bare switches to a stack and back n/2 times, without a scheduler in between.
func bare(rt *fiber.Runtime, n int) error {
	var here fiber.Context
	var there *fiber.Context
	there, _, err := rt.Prepare(func() {
		for range n/2 - 1 { // the last switch is its end
			fiber.Switch(there, &here)
		}
	}, &here)
	if err != nil {
		return err
	}
	for range n / 2 {
		fiber.Switch(&here, there)
	}
	return nil
}

// yields lets two fibers take n turns in all.
func yields(rt *fiber.Runtime, n int) error {
	for range 2 {
		err := fiber.Spawn(func() {
			for range n / 2 {
				fiber.Yield()
			}
		})
		if err != nil {
			return err
		}
	}
	return rt.Run()
}

// pulls goes to a coroutine and back n/2 times.
func pulls(n int) error {
	next, stop := iter.Pull(func(yield func(int) bool) {
		for yield(0) {
		}
	})
	defer stop()
	for range n / 2 {
		next()
	}
	return nil
}

// goscheds lets two goroutines on one P take n turns in all. (A P is Go's right to
// run Go code on a thread. With two, each goroutine would have its own.)
func goscheds(n int) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			for range n / 2 {
				runtime.Gosched()
			}
		})
	}
	both.Wait()
	return nil
}

// handOffs hands a turn to and fro between two goroutines, n times. Each calls begin
// first. Both are new ones, so that a thread locked to one ends with it.
func handOffs(n int, begin func()) error {
	there, back := make(chan struct{}), make(chan struct{})
	var both sync.WaitGroup
	both.Go(func() {
		begin()
		for range there {
			back <- struct{}{}
		}
	})
	both.Go(func() {
		begin()
		for range n / 2 {
			there <- struct{}{}
			<-back
		}
		close(there)
	})
	both.Wait()
	return nil
}
