package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"ch03/kit"
)

// An inbox holds the messages that one way of reading receives, and its costs.
// Several threads may use it.
type inbox struct {
	addrs []netip.AddrPort // to read from, one message each

	mu       sync.Mutex
	start    time.Time
	arrivals []arrival // in the order in which they came
	calls    []call
	again    int // reads that returned errWouldBlock
	threads  int
	cpu      time.Duration
}

type arrival struct {
	index int // of addrs
	text  string
	after time.Duration
}

type call struct {
	name  string
	times int
}

// count adds a system call.
func (in *inbox) count(name string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	i := slices.IndexFunc(in.calls, func(c call) bool { return c.name == name })
	if i < 0 {
		i = len(in.calls)
		in.calls = append(in.calls, call{name: name})
	}
	in.calls[i].times++
}

func (in *inbox) countAgain() {
	in.mu.Lock()
	in.again++
	in.mu.Unlock()
}

// onThreads runs f(0) to f(n-1), each on an OS thread of its own, and adds up
// the CPU time that these threads use.
func (in *inbox) onThreads(n int, f func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			runtime.LockOSThread() // never unlocked, so the thread ends with the goroutine
			before := threadCPU()
			errs[i] = f(i)
			used := threadCPU() - before
			in.mu.Lock()
			in.cpu += used
			in.threads++
			in.mu.Unlock()
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// onOneThread adapts a way of reading that needs only one thread.
func onOneThread(read func(*inbox) error) func(*inbox) error {
	return func(in *inbox) error { return in.onThreads(1, func(int) error { return read(in) }) }
}

// receive returns the example of one way of reading. It starts a server, lets
// read fill an inbox from it, and prints the messages and the costs.
func receive(way string, read func(*inbox) error) func(context.Context, *kit.Env) error {
	return func(ctx context.Context, env *kit.Env) error {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("start the server: %w", err)
		}
		ctx, stop := context.WithCancel(ctx)
		served := make(chan error)
		go func() { served <- serve(ctx, env, l) }()
		addr := l.Addr().(*net.TCPAddr).AddrPort()
		in := &inbox{addrs: slices.Repeat([]netip.AddrPort{addr}, len(messages)), start: time.Now()}
		err = read(in)
		wall := time.Since(in.start)
		stop()
		// It was told to stop, so that is no error. Any other error of
		// the server may be the reason why reading failed.
		if failed := <-served; !errors.Is(failed, context.Canceled) {
			err = errors.Join(err, failed)
		}
		if len(in.arrivals) > 0 {
			in.print(env.Out, way, wall)
		}
		return err
	}
}

func (in *inbox) print(w io.Writer, way string, wall time.Duration) {
	rows := make(kit.Timeline, len(messages))
	for i, m := range messages {
		rows[i] = kit.Row{Label: m.text, Failed: true}
	}
	for _, a := range in.arrivals {
		fmt.Fprintf(w, "%10v  %s\n", a.after.Round(100*time.Microsecond), a.text)
		rows[a.index].End, rows[a.index].Failed = a.after, false
	}
	total, names := 0, []string(nil)
	for _, c := range in.calls {
		total += c.times
		names = append(names, fmt.Sprintf("%d %s", c.times, c.name))
	}
	fmt.Fprintf(w, "\nsystem calls: %s\n", strings.Join(names, ", "))
	fmt.Fprintf(w, "\n%-12s %8s %9s %8s %10s %10s\n", "way", "threads", "syscalls", "EAGAIN", "CPU time", "wall time")
	fmt.Fprintf(w, "%-12s %8d %9d %8d %10v %10v\n\n", way, in.threads, total, in.again,
		in.cpu.Round(10*time.Microsecond), wall.Round(100*time.Microsecond))
	rows.Print(w)
}
