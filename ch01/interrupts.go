//go:build linux

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"ch01/kit"
)

func runInterrupts(_ context.Context, env *kit.Env) error {
	d := env.Delay(time.Second)
	// The kernel's counts below are this thread's, so stay on it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	var err error
	wait := measure(func() { err = blockingRead(d) })
	if err != nil {
		return err
	}
	loop := measure(func() {
		for start := time.Now(); time.Since(start) < d; {
		}
	})
	fmt.Fprintf(env.Out, "The same thread waits for %v twice: in read(2) on an empty pipe, and in a loop that looks at the clock.\n\n", d)
	printMoved(env.Out, wait, loop)
	fmt.Fprint(env.Out, `
blocking read: the thread can't go on, so the kernel gives the CPU to others: a voluntary context
  switch. If there is nobody else, the CPU halts until an interrupt comes. Here that is the timer's:
  it wakes a second thread, which writes into the pipe. Waiting took next to no CPU time.
busy loop: takes all the CPU time that it can get. It never asks the kernel to wait; what stops it,
  if others want the CPU too, is an interrupt: the timer's (LOC), or one from another CPU that has
  woken a thread (RES). That is an involuntary context switch. (The voluntary ones are the work of
  Go's own scheduler, which is preemptive as well.)
`)
	return nil
}

// blockingRead reads from a pipe into which another goroutine writes a byte
// after d. Go's own event queue doesn't know this pipe, so the read blocks the
// thread in the kernel.
func blockingRead(d time.Duration) error {
	var p [2]int
	if err := syscall.Pipe2(p[:], syscall.O_CLOEXEC); err != nil {
		return os.NewSyscallError("pipe2", err)
	}
	defer syscall.Close(p[0])
	go func() {
		time.Sleep(d)
		syscall.Write(p[1], []byte{1})
		syscall.Close(p[1])
	}()
	var buf [1]byte
	for {
		if _, err := syscall.Read(p[0], buf[:]); err != syscall.EINTR {
			return os.NewSyscallError("read", err)
		}
	}
}

// moved holds the cost of some work in time, context switches and interrupts.
type moved struct {
	wall, user, system     time.Duration
	voluntary, involuntary int64
	interrupts             map[string]uint64
	interruptsErr          error
}

const rusageThread = 1 // RUSAGE_THREAD of getrusage(2), which package syscall lacks

// measure runs work and returns its cost. The goroutine must be locked to its
// thread, because the times and the context switches are that thread's.
func measure(work func()) (m moved) {
	var before, after syscall.Rusage
	old, _ := readInterrupts() // the second call returns the error
	start := time.Now()
	syscall.Getrusage(rusageThread, &before) // can't fail, because the arguments are right
	work()
	syscall.Getrusage(rusageThread, &after)
	m.wall = time.Since(start)
	m.user = time.Duration(after.Utime.Nano() - before.Utime.Nano())
	m.system = time.Duration(after.Stime.Nano() - before.Stime.Nano())
	m.voluntary = int64(after.Nvcsw - before.Nvcsw)
	m.involuntary = int64(after.Nivcsw - before.Nivcsw)
	m.interrupts, m.interruptsErr = readInterrupts()
	subtract(m.interrupts, old)
	return m
}

func printMoved(w io.Writer, wait, loop moved) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name string, a, b any) { fmt.Fprintf(tw, "%s\t%v\t%v\n", name, a, b) }
	line("this thread (getrusage)", "blocking read", "busy loop")
	line("  wall time", kit.Round(wait.wall), kit.Round(loop.wall))
	line("  CPU time in user mode", kit.Round(wait.user), kit.Round(loop.user))
	line("  CPU time in the kernel", kit.Round(wait.system), kit.Round(loop.system))
	line("  voluntary context switches", wait.voluntary, loop.voluntary)
	line("  involuntary context switches", wait.involuntary, loop.involuntary)
	if err := cmp.Or(wait.interruptsErr, loop.interruptsErr); err != nil {
		tw.Flush()
		fmt.Fprintf(w, "\ninterrupts: not known here: %v\n", err)
		return
	}
	line("whole machine (/proc/interrupts)", "blocking read", "busy loop")
	for _, name := range most(5, wait.interrupts, loop.interrupts) {
		line("  "+name, wait.interrupts[name], loop.interrupts[name])
	}
	tw.Flush()
}

// most returns the n names with the highest counts in a and b, highest first.
func most(n int, a, b map[string]uint64) []string {
	higher := maps.Clone(a)
	for name, count := range b {
		higher[name] = max(higher[name], count)
	}
	names := slices.SortedFunc(maps.Keys(higher), func(x, y string) int {
		return cmp.Or(cmp.Compare(higher[y], higher[x]), cmp.Compare(x, y))
	})
	return names[:min(n, len(names))]
}

func readInterrupts() (map[string]uint64, error) {
	text, err := os.ReadFile("/proc/interrupts")
	if err != nil {
		return nil, err
	}
	return parseInterrupts(string(text))
}

// parseInterrupts adds up the CPUs of each line of /proc/interrupts
// (proc_interrupts(5)). The first line names the CPUs that are online. A line
// has a count for each of them, or one in all (ERR), and then, perhaps, a
// description, which differs between machines.
func parseInterrupts(text string) (map[string]uint64, error) {
	header, rest, _ := strings.Cut(text, "\n")
	cpus := strings.Count(header, "CPU")
	if cpus == 0 {
		return nil, errors.New("/proc/interrupts: the first line names no CPU")
	}
	counts := map[string]uint64{}
	for line := range strings.Lines(rest) {
		name, columns, _ := strings.Cut(line, ":")
		fields := strings.Fields(columns)
		total, n := uint64(0), 0
		for ; n < min(cpus, len(fields)); n++ {
			count, err := strconv.ParseUint(fields[n], 10, 64)
			if err != nil {
				break
			}
			total += count
		}
		if n > 0 {
			counts[strings.Join(append([]string{strings.TrimSpace(name)}, fields[n:]...), " ")] += total
		}
	}
	return counts, nil
}

// subtract leaves of each count the number by which it has grown since before,
// and deletes a count that hasn't grown. A count shrinks when a CPU goes
// offline or a counter restarts at 0.
func subtract(counts, before map[string]uint64) {
	for name, n := range counts {
		counts[name] = n - min(n, before[name])
	}
	maps.DeleteFunc(counts, func(_ string, n uint64) bool { return n == 0 })
}
