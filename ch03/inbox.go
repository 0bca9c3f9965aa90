package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
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
	addrs   []netip.AddrPort // to read from, one message each
	start   time.Time
	threads int
	again   int // reads that returned errWouldBlock

	mu       sync.Mutex
	arrivals []*conn        // whose messages are whole, in the order in which they came
	calls    []string       // in the order of the first of each
	times    map[string]int // by call
	cpu      time.Duration
}

func newInbox(addrs []netip.AddrPort) *inbox {
	return &inbox{addrs: addrs, start: time.Now(), times: make(map[string]int)}
}

// count counts a system call.
func (in *inbox) count(name string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.times[name]++; in.times[name] == 1 {
		in.calls = append(in.calls, name)
	}
}

// call counts a system call, and returns its error with its name in front.
func (in *inbox) call(name string, err error) error {
	in.count(name)
	return os.NewSyscallError(name, err)
}

// onThreads runs f(0) to f(n-1), each on an OS thread of its own, and adds up
// the CPU time that these threads use.
func (in *inbox) onThreads(n int, f func(i int) error) error {
	in.threads = n
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			runtime.LockOSThread() // never unlocked, so the thread ends with the goroutine
			before := threadCPU()
			errs[i] = f(i)
			in.mu.Lock()
			in.cpu += threadCPU() - before
			in.mu.Unlock()
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// onOneThread adapts a way that needs only one thread.
func onOneThread(read way) way {
	return func(in *inbox, conns []*conn) error {
		return in.onThreads(1, func(int) error { return read(in, conns) })
	}
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
		in := newInbox(slices.Repeat([]netip.AddrPort{addr}, len(messages)))
		err = read(in)
		wall := time.Since(in.start)
		stop()
		err = errors.Join(err, <-served) // the server's error may be the reason why reading failed
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
	for _, c := range in.arrivals {
		fmt.Fprintf(w, "%10v  %s\n", c.after.Round(100*time.Microsecond), c.text)
		rows[c.index].End, rows[c.index].Failed = c.after, false
	}
	total, calls := 0, []string(nil)
	for _, call := range in.calls {
		total += in.times[call]
		calls = append(calls, fmt.Sprintf("%d %s", in.times[call], call))
	}
	fmt.Fprintf(w, "\nsystem calls: %s\n", strings.Join(calls, ", "))
	fmt.Fprintf(w, "\n%-12s %8s %9s %8s %10s %10s\n", "way", "threads", "syscalls", "EAGAIN", "CPU time", "wall time")
	fmt.Fprintf(w, "%-12s %8d %9d %8d %10v %10v\n\n", way, in.threads, total, in.again,
		in.cpu.Round(10*time.Microsecond), wall.Round(100*time.Microsecond))
	rows.Print(w)
}
