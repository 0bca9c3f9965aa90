package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"time"

	"ch03/kit"
)

// An inbox takes what one way of reading receives, and what it cost. Several
// threads may use it.
type inbox struct {
	addrs []netip.AddrPort // where to read, one message each

	mu       sync.Mutex
	start    time.Time
	arrivals []arrival // in their order
	calls    []call
	again    int // reads that were answered with "nothing there yet"
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

// count notes a system call.
func (in *inbox) count(name string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for i := range in.calls {
		if in.calls[i].name == name {
			in.calls[i].times++
			return
		}
	}
	in.calls = append(in.calls, call{name, 1})
}

func (in *inbox) countAgain() {
	in.mu.Lock()
	in.again++
	in.mu.Unlock()
}

// received notes a whole message.
func (in *inbox) received(index int, text []byte) {
	in.mu.Lock()
	in.arrivals = append(in.arrivals, arrival{index, string(text), time.Since(in.start)})
	in.mu.Unlock()
	if gate != nil {
		gate <- struct{}{}
	}
}

// onThreads runs f(0) to f(n-1), each on an OS thread of its own, and adds up
// the CPU time that these threads use.
func (in *inbox) onThreads(n int, f func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
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

// receive starts a server, lets read fill an inbox from it, and prints what
// came and what that took.
func receive(env *kit.Env, way string, read func(*inbox) error) error {
	s, err := startServer(env)
	if err != nil {
		return err
	}
	in := &inbox{addrs: s.addrs, Start: time.Now()}
	err = read(in)
	wall := time.Since(in.start)
	// That it was stopped is no news; any other error of the server may be the
	// reason why reading failed.
	if failed := s.stop(); failed != nil && !errors.Is(failed, errStopped) && !errors.Is(failed, net.ErrClosed) {
		err = errors.Join(err, failed)
	}
	if err == nil {
		err = in.check()
	}
	if len(in.arrivals) > 0 {
		in.print(env.Out, way, wall)
	}
	return err
}

func (in *inbox) print(w io.Writer, way string, wall time.Duration) {
	rows := make(kit.Timeline, len(messages))
	for i, m := range messages {
		rows[i] = kit.Row{Label: m.text, Failed: true}
	}
	for _, a := range in.arrivals {
		fmt.Fprintf(w, "%10v  %s\n", a.after.Round(100*time.Microsecond), a.text)
		rows[a.index].end, rows[a.index].failed = a.after, false
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

// check compares what arrived with what the server sent.
func (in *inbox) check() error {
	if len(in.arrivals) != len(messages) {
		return fmt.Errorf("%d messages arrived, want %d", len(in.arrivals), len(messages))
	}
	for _, a := range in.arrivals {
		if want := messages[a.index].text; a.text != want {
			return fmt.Errorf("%q arrived where %q was sent", a.text, want)
		}
	}
	return nil
}
