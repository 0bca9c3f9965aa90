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

	"ch10/kit"
)

// Memory is measured in a process of its own, where nobody else has left anything, and so are both ends of
// a connection: each child is this program, started again. It writes JSON to its standard output, and ends
// when its standard input does, so also if the parent is killed.

const (
	childEnv   = "CH10_BENCH_CHILD" // what it is to do: words with spaces between
	childLimit = 5 * time.Minute    // one that takes longer is killed
)

// A worker does something, and what it returns is sent to the parent.
type worker func(args []string) (any, error)

// A server runs until stop is called. Its address is sent to the parent, and at the end what it has used.
type server func(args []string) (addr netip.AddrPort, stop func() error, err error)

func childWork() ([]string, bool) {
	words := strings.Fields(os.Getenv(childEnv))
	return words, len(words) > 0
}

// runChild is what the child does.
func runChild(env *kit.Env, words []string) error {
	gone := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(gone)
	}()
	out := json.NewEncoder(env.Out)
	if serve := servers[words[0]]; serve != nil {
		addr, stop, err := serve(words[1:])
		if err != nil {
			return err
		}
		err = out.Encode(addr)
		<-gone
		return errors.Join(err, stop(), out.Encode(usage()))
	}
	work := workers[words[0]]
	if work == nil {
		return fmt.Errorf("%s=%q: no such work", childEnv, words)
	}
	done := make(chan error, 1)
	go func() {
		v, err := work(words[1:])
		if err == nil {
			err = out.Encode(v)
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-gone:
		return errors.New("the parent process has gone")
	}
}

// What a child can be told to do.
var (
	workers = map[string]worker{"waiters": measureWaiters, "get": getAll, "clients": runLoad}
	servers = map[string]server{"delayserver": delayServer, "server": greetingServer}
)

// used is what a process has used so far. What the system doesn't tell is 0.
type used struct {
	CPU  time.Duration
	Peak int64 // bytes of memory, resident
}

// A child is the parent's end.
type child struct {
	what   string
	cmd    *exec.Cmd
	cancel func()
	stdin  io.Closer
	out    *json.Decoder
	stderr bytes.Buffer
}

// startChild starts a child. A system that is busy may fail to, and then is asked again: wine does so now and then.
func startChild(ctx context.Context, words ...any) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		c, err := startOnce(ctx, self, strings.TrimSpace(fmt.Sprintln(words...)))
		if err == nil || attempt == 3 || ctx.Err() != nil {
			return c, err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func startOnce(ctx context.Context, self, what string) (*child, error) {
	c := &child{what: what}
	ctx, c.cancel = context.WithTimeout(ctx, childLimit)
	// A test under an emulator names it in CHILD_EXEC.
	argv := append(strings.Fields(os.Getenv("CHILD_EXEC")), self, "bench")
	c.cmd = exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.cmd.Env = append(os.Environ(), childEnv+"="+c.what, "CHAPTER_MAIN=1") // the second is for the tests' program
	c.cmd.Stderr = &c.stderr
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		c.cancel()
		return nil, err
	}
	stdout, err := c.cmd.StdoutPipe()
	if err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		c.cancel()
		stdin.Close()
		return nil, fmt.Errorf("child process: %w", err)
	}
	c.stdin, c.out = stdin, json.NewDecoder(stdout)
	return c, nil
}

// ask runs a worker, and stores its result in v.
func ask(ctx context.Context, v any, words ...any) error {
	c, err := startChild(ctx, words...)
	if err != nil {
		return err
	}
	return c.end(c.out.Decode(v))
}

// startServer starts a server, and returns its address.
func startServer(ctx context.Context, words ...any) (*child, netip.AddrPort, error) {
	c, err := startChild(ctx, words...)
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	var addr netip.AddrPort
	if err := c.out.Decode(&addr); err != nil {
		return nil, addr, c.end(err)
	}
	return c, addr, nil
}

// stop stops a server, and returns what it has used.
func (c *child) stop() (u used, err error) {
	c.stdin.Close()
	err = c.out.Decode(&u)
	return u, c.end(err)
}

// end waits for the child. What the child says is why it failed.
func (c *child) end(err error) error {
	defer c.cancel()
	if err != nil {
		c.stdin.Close()
	}
	if status := c.cmd.Wait(); status != nil {
		err = status
	}
	if err == nil {
		return nil
	}
	if said := strings.TrimSpace(c.stderr.String()); said != "" {
		first, _, _ := strings.Cut(said, "\n")
		return fmt.Errorf("child process %q: %s (%w)", c.what, strings.TrimPrefix(first, chapter+": "), err)
	}
	return fmt.Errorf("child process %q: %w", c.what, err)
}
