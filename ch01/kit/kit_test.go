package kit_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"ch01/kit"
	"ch01/kit/kittest"
)

var program = kittest.Program{Chapter: "ch99", Headline: "headline"}

func command(args ...string) (out, stderr string, status int) { return program.Command(args...) }

// fakes stands in for the table of examples: a prints its environment, the
// headline example its name, bad fails twice, sys isn't supported.
func fakes(t *testing.T) {
	old := program
	t.Cleanup(func() { program = old })
	var n int
	var v bool
	program.Examples = []kit.Example{
		{Letter: "x", Name: "first", Section: "One", Doc: "takes flags", Page: 7, Speed: true, Flags: func(fs *flag.FlagSet) {
			fs.IntVar(&n, "n", 7, "a number")
			fs.BoolVar(&v, "v", false, "a switch")
		}, Run: func(_ context.Context, env *kit.Env) error {
			_, err := fmt.Fprintf(env.Out, "n=%d v=%v speed=%v %v%s\n", n, v, env.Speed, env.Delay(time.Second), map[bool]string{true: " all"}[env.All])
			return err
		}},
		{Letter: "y", Name: program.Headline, Doc: "the default", Server: true, Run: func(_ context.Context, env *kit.Env) error {
			fmt.Fprintln(env.Out, "headline")
			return nil
		}},
		{Letter: "z", Name: "sys", Doc: "elsewhere", Run: func(context.Context, *kit.Env) error {
			return fmt.Errorf("sys: another system only: %w", errors.ErrUnsupported)
		}},
		{Name: "tool", Doc: "a tool", Speed: true, Run: func(_ context.Context, env *kit.Env) error {
			fmt.Fprintf(env.Out, "tool %q\n", env.Args)
			return nil
		}},
	}
}

func addBad() {
	program.Examples = slices.Insert(program.Examples, 0, kit.Example{Letter: "w", Name: "bad", Doc: "fails", Run: func(context.Context, *kit.Env) error {
		return errors.Join(errors.New("one went wrong"), fmt.Errorf("two: %w", errors.New("went\nwrong")))
	}})
}

func TestCommandLine(t *testing.T) {
	fakes(t)
	for _, c := range []struct{ args, want string }{
		{"", "headline\n"},
		{"y", "headline\n"},
		{program.Headline, "headline\n"},
		{"-server here:1", "headline\n"},
		{"first", "n=7 v=false speed=1 1s\n"},
		{"x -n 8 -v", "n=8 v=true speed=1 1s\n"},
		{"-n 8 -v x", "n=8 v=true speed=1 1s\n"},
		{"-v x -n=8", "n=8 v=true speed=1 1s\n"},
		{"--n 8 x", "n=8 v=false speed=1 1s\n"},
		{"-speed 10 first", "n=7 v=false speed=10 100ms\n"},
		{"first -speed 0.5", "n=7 v=false speed=0.5 2s\n"},
		{"tool a -speed 2 b", "tool [\"a\" \"b\"]\n"},
	} {
		out, stderr, status := command(strings.Fields(c.args)...)
		if out != c.want || stderr != "" || status != 0 {
			t.Errorf("%q: status %d, %q, %q; want %q", c.args, status, out, stderr, c.want)
		}
	}
}

func TestListAndHelp(t *testing.T) {
	fakes(t)
	out, _, status := command("list")
	if status != 0 || strings.Count(out, "\n") != 4 {
		t.Errorf("list: status %d\n%s", status, out)
	}
	kittest.InOrder(t, out, "x", "first", "p. 7", "One", "takes flags", program.Headline, "(default)", "sys", "tool")
	out, stderr, status := command("-h")
	if status != 0 || stderr != "" {
		t.Errorf("-h: status %d, %q", status, stderr)
	}
	kittest.InOrder(t, out, "usage: go run ./"+program.Chapter+"/...", "first", "-server")
	out, _, _ = command("first", "-h")
	kittest.InOrder(t, out, "first", "flags, ", "-n", "a number", "-speed")
}

func TestBadUsage(t *testing.T) {
	fakes(t)
	for _, args := range []string{
		"nosuch", "q", "-speed 0 x", "x -speed -1", "-speed x", "-speed NaN", "-speed Inf", "-speed 1e-9", "-speed",
		"-nosuch", "x -nosuch", "y -n 3", "x -n many", "list more", "x more", "more x", "all -n 3", "-v=2 x",
		"y -speed 2", "-speed 2", "-speed many x", "x -server here:1", "tool -server here:1", "list -speed 2", "-speed 0 all",
	} {
		out, stderr, status := command(strings.Fields(args)...)
		if status != 2 || out != "" {
			t.Errorf("%q: status %d, stdout %q; want 2 and nothing", args, status, out)
		}
		if !strings.HasPrefix(stderr, program.Chapter+": ") || strings.Count(stderr, program.Chapter+": ") != 1 {
			t.Errorf("%q: want one line that starts with %q, got %q", args, program.Chapter+": ", stderr)
		}
		kittest.InOrder(t, stderr, "\n", "first", program.Headline, "tool") // the names
	}
}

func TestAllRunsEveryExampleAndSkipsUnsupported(t *testing.T) {
	fakes(t)
	command("x", "-n", "9") // its own flags don't stick
	out, stderr, status := command("-speed", "4", "all", "-server", "here:1")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, stderr %q", status, stderr)
	}
	kittest.InOrder(t, out, "=== x  first", "n=7 v=false speed=4 250ms all\n", "=== y", "headline\n", "=== z  sys", "sys: skipped: ", "another system only")
	if strings.Contains(out, "tool") {
		t.Errorf("all ran a tool:\n%s", out)
	}
	addBad()
	out, stderr, status = command("all")
	if status != 1 {
		t.Errorf("status %d with a failing example, want 1", status)
	}
	if want := program.Chapter + ": one went wrong\n" + program.Chapter + ": two: went\n" + program.Chapter + ": wrong\n"; stderr != want {
		t.Errorf("stderr %q, want %q", stderr, want)
	}
	kittest.InOrder(t, out, "bad", "headline") // what comes after it still runs
}

func TestUnsupportedAloneFails(t *testing.T) {
	fakes(t)
	if _, stderr, status := command("sys"); status != 1 || strings.Count(stderr, "\n") != 1 {
		t.Errorf("status %d, stderr %q; want 1 and one line", status, stderr)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestOutputThatCannotBeWritten(t *testing.T) {
	fakes(t)
	for _, args := range []string{"", "x", "list", "all", "-h"} { // x returns the error, the headline example ignores it
		var stderr bytes.Buffer
		status := kit.Run(program.Chapter, program.Headline, program.Examples, strings.Fields(args), brokenWriter{}, &stderr)
		if want := program.Chapter + ": short write\n"; status != 1 || stderr.String() != want {
			t.Errorf("%q: status %d, %q; want 1, %q", args, status, stderr.String(), want)
		}
	}
}

func TestStdoutFull(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("/dev/full is Linux's")
	}
	fakes(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	var stderr bytes.Buffer
	status := kit.Run(program.Chapter, program.Headline, program.Examples, nil, full, &stderr)
	if status != 1 || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("status %d, %q", status, stderr.String())
	}
}
