package bench

import (
	"bytes"
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
)

// Memory is measured in a process of its own, where nobody else has left anything, and so is one end of
// a connection: each child is this program, started again. It writes JSON to its standard output, and ends
// when its standard input does, so also if the parent is killed.

const (
	childEnv   = "CH10_BENCH_CHILD" // an order
	childLimit = 5 * time.Minute    // one that takes longer is killed
)

// An order says what a child is to do.
type order struct {
	Work string // one of works
	Side side
	N    int

	Sleep bool           // waiters: and not wait at a gate
	Addr  netip.AddrPort // get
	Path  string
}

// The result of a work is sent to the parent. One that returns stop is a server, which runs on until the
// parent has seen enough, and then sends what it has used.
var works = map[string]func(order) (result any, stop func() error, err error){
	"waiters": waiters, "get": getAll, "server": greetingServer,
}

// runChild is what the child does.
func runChild(out io.Writer, what string) (err error) {
	var o order
	if err := json.Unmarshal([]byte(what), &o); err != nil || works[o.Work] == nil {
		return errors.New("no such work")
	}
	gone, begun := make(chan struct{}), make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(gone)
	}()
	var result any
	var stop func() error
	go func() {
		result, stop, err = works[o.Work](o)
		close(begun)
	}()
	select {
	case <-gone:
		return errors.New("the parent process has gone")
	case <-begun:
	}
	tell := json.NewEncoder(out)
	if err == nil {
		err = tell.Encode(result)
	}
	if err == nil && stop != nil {
		<-gone
		err = errors.Join(stop(), tell.Encode(usage()))
	}
	return err
}

// used is what a process has used so far. A figure that the system doesn't have is 0.
type used struct {
	CPU  time.Duration
	Peak int64 // bytes of memory, resident
}

func (u used) since(before used) used { return used{u.CPU - before.CPU, u.Peak - before.Peak} }

// A child is the parent's end.
type child struct {
	what   string
	cmd    *exec.Cmd
	cancel func()
	stdin  io.Closer
	out    *json.Decoder
	stderr bytes.Buffer
}

// start starts a child. A busy system may fail to, as wine does now and then, so it is asked again.
func start(ctx context.Context, o order) (*child, error) {
	what, err := json.Marshal(o)
	self, failed := os.Executable()
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	// A test under an emulator names it in CHILD_EXEC.
	argv := append(strings.Fields(os.Getenv("CHILD_EXEC")), self, "bench")
	for attempt := 1; ; attempt++ {
		limited, cancel := context.WithTimeout(ctx, childLimit)
		c := &child{what: string(what), cmd: exec.CommandContext(limited, argv[0], argv[1:]...), cancel: cancel}
		c.cmd.Env = append(os.Environ(), childEnv+"="+c.what, "CHAPTER_MAIN=1") // the second is for the tests' program
		c.cmd.Stderr = &c.stderr
		stdin, err := c.cmd.StdinPipe()
		stdout, failed := c.cmd.StdoutPipe()
		if err = errors.Join(err, failed); err == nil {
			err = c.cmd.Start()
		}
		if err == nil {
			c.stdin, c.out = stdin, json.NewDecoder(stdout)
			return c, nil
		}
		cancel()
		if attempt == 3 || ctx.Err() != nil {
			return nil, fmt.Errorf("child process: %w", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// ask has a child do its work, and stores the result in v.
func ask(ctx context.Context, v any, o order) error {
	c, err := start(ctx, o)
	if err != nil {
		return err
	}
	return c.end(c.out.Decode(v))
}

// stop stops a server, and returns what it has used.
func (c *child) stop() (u used, err error) {
	c.stdin.Close()
	err = c.out.Decode(&u)
	return u, c.end(err)
}

// end waits for the child. The child's standard error says why it failed.
func (c *child) end(err error) error {
	defer c.cancel()
	c.stdin.Close()
	if status := c.cmd.Wait(); status != nil {
		err = fmt.Errorf("%w, %s", status, strings.ReplaceAll(strings.TrimSpace(c.stderr.String()), "\n", "; "))
	}
	if err != nil {
		err = fmt.Errorf("child process %s: %w", c.what, err)
	}
	return err
}
