package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"time"

	"ch10/kit"
)

// Memory is measured in a process of its own, where nobody else has left anything, and so is one end of
// a connection: each child is this program, started again. It writes JSON to its standard output, and ends
// when its standard input does, so also if the parent is killed. That is how a server is told to stop.

const (
	childEnv   = "CH10_BENCH_CHILD" // an order
	childLimit = 5 * time.Minute    // for its work
)

// An order says what is to be measured, and what a child is to do for that.
type order struct {
	Work       string // one of works
	Side       side
	N, Workers int

	Sleep   bool           // waiters: and not wait at a gate
	Addr    netip.AddrPort // get
	Path    string
	Compute time.Duration // server: for each request

	tell func(any) error // server: sends its address
	gone chan struct{}   // server: closed when it is to stop
}

// used is what a process has used so far. A figure that the system doesn't have is 0.
type used struct {
	CPU  time.Duration
	Peak int64 // bytes of memory, resident
}

func (u used) since(before used) used { return used{u.CPU - before.CPU, u.Peak - before.Peak} }

// The figures of a work are what the child sends.
var works = map[string]func(order) ([]float64, error){"waiters": waiters, "get": getAll, "server": server}

// runChild is what the child does.
func runChild(out io.Writer, what string) error {
	var o order
	if err := json.Unmarshal([]byte(what), &o); err != nil || works[o.Work] == nil {
		return errors.New("no such work")
	}
	over := make(chan error, 3)
	o.tell, o.gone = json.NewEncoder(out).Encode, make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		if close(o.gone); o.Work != "server" {
			over <- errors.New("the parent process has gone")
		}
	}()
	go func() {
		figures, err := works[o.Work](o)
		if err == nil {
			err = o.tell(figures)
		}
		over <- err
	}()
	time.AfterFunc(childLimit, func() { over <- fmt.Errorf("not done in %v", childLimit) })
	return <-over
}

// A child is the parent's end.
type child struct {
	what   string
	cmd    *exec.Cmd
	stdin  io.Closer
	out    *json.Decoder
	stderr report
}

// A report is the beginning of what a child writes to its standard error. Nobody reads more than that, so the child is
// killed then: if Go runs out of memory there, it would print a million stacks, which takes minutes and gigabytes.
type report struct {
	text []byte
	kill func() error
}

const longReport = 500

func (r *report) Write(p []byte) (int, error) {
	if r.text = append(r.text, p[:min(len(p), longReport-len(r.text))]...); len(r.text) == longReport {
		r.kill()
	}
	return len(p), nil
}

// inChild has a child do its work.
func inChild(ctx context.Context, _ *kit.Env, o order) ([]float64, error) {
	c, err := start(ctx, o)
	if err != nil {
		return nil, err
	}
	return c.figures()
}

// start starts a child. A busy system may fail to, as wine does now and then, so it is asked again.
func start(ctx context.Context, o order) (*child, error) {
	what, _ := json.Marshal(o)
	self, err := os.Executable()                                           // without it there is no command
	argv := append(strings.Fields(os.Getenv("CHILD_EXEC")), self, "bench") // a test under an emulator names it there
	for range 3 {
		c := &child{what: string(what), cmd: exec.CommandContext(ctx, argv[0], argv[1:]...)}
		c.cmd.Env = append(os.Environ(), childEnv+"="+c.what, "CHAPTER_MAIN=1") // the second is for the tests' program
		c.stderr.kill = func() error { return c.cmd.Process.Kill() }
		c.cmd.Stderr = &c.stderr
		in, noIn := c.cmd.StdinPipe()
		out, noOut := c.cmd.StdoutPipe()
		if err = cmp.Or(noIn, noOut, c.cmd.Start()); err == nil {
			c.stdin, c.out = in, json.NewDecoder(out)
			return c, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil, fmt.Errorf("child process: %w", err)
}

// figures waits for the end of the child. If it sent none, its standard error says why, or else its status.
func (c *child) figures() (figures []float64, err error) {
	if err = c.out.Decode(&figures); err != nil {
		c.stdin.Close()
	}
	if status := c.cmd.Wait(); status != nil {
		why, _, _ := strings.Cut(string(c.stderr.text), "\n\n") // what follows are stacks
		if err = status; why != "" {
			err = errors.New(strings.ReplaceAll(strings.TrimSpace(why), "\n", "; "))
		}
	}
	if err != nil {
		err = fmt.Errorf("child process %s: %w", c.what, err)
	}
	return figures, err
}
