package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// An Example is one program of this chapter. main.go lists them.
type Example struct {
	Letter  string // the book's; a tool has none: "all" leaves it out, and it may take arguments
	Name    string
	Section string // of the book
	Doc     string // one line

	// Flags adds the example's own flags; it may be nil. Two examples may
	// use one flag name if both take a value, or neither does.
	Flags func(*flag.FlagSet)

	// Run prints to env.Out. An error that joins several (errors.Join) is
	// printed with a line for each; errors.ErrUnsupported makes "all" skip.
	Run func(ctx context.Context, env *Env) error
}

// An Env is what an example may use of the world outside.
type Env struct {
	Out, Err io.Writer
	Speed    float64  // every delay is divided by this
	Server   string   // host:port of a delay server, or "" to start one
	Args     []string // what stands behind the example's name
}

// delay is the book's delay d at the chosen speed.
func (env *Env) delay(d time.Duration) time.Duration {
	return time.Duration(float64(d) / env.Speed)
}

// moreFlags are the flags common to all examples that other files add.
var moreFlags []func(*flag.FlagSet, *Env)

const maxSpeed, minSpeed = 1e6, 1e-2

// commonFlags returns a flag set with the flags that stand for every example.
func commonFlags(env *Env) *flag.FlagSet {
	fs := flag.NewFlagSet(chapter, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // run prints the errors itself
	fs.Float64Var(&env.Speed, "speed", 1, "divide every delay by `x`")
	for _, add := range moreFlags {
		add(fs, env)
	}
	return fs
}

// run executes one command line and returns the exit status: 0 it worked,
// 1 the example failed, 2 bad usage.
func run(args []string, env *Env) int {
	out := &stickyWriter{w: env.Out}
	env.Out = out
	err := dispatch(args, env)
	if out.err != nil && !errors.Is(err, out.err) {
		err = errors.Join(err, out.err)
	}
	report(env.Err, err)
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		list(env.Err)
		fmt.Fprintln(env.Err, "flags: -h, or -h behind a name")
		return 2
	}
	return 1
}

type usageError struct{ error }

func usagef(format string, a ...any) error { return usageError{fmt.Errorf(format, a...)} }

func dispatch(args []string, env *Env) error {
	name, rest := splitName(args)
	fs := commonFlags(env)
	switch name {
	case "list", "all":
	case "":
		name = headline
		fallthrough
	default:
		e := find(name)
		if e == nil {
			return usagef("no example %q", name)
		}
		if e.Flags != nil {
			e.Flags(fs)
		}
	}
	var err error
	env.Args, err = parse(fs, rest)
	switch {
	case errors.Is(err, flag.ErrHelp):
		help(env.Out, fs, name)
		return nil
	case err != nil:
		return usageError{err}
	case !(env.Speed >= minSpeed && env.Speed <= maxSpeed): // NaN too
		return usagef("-speed %v: want a number from %v to %d", env.Speed, minSpeed, int(maxSpeed))
	case len(env.Args) > 0 && !isTool(name):
		return usagef("%s takes no argument, got %q", name, env.Args[0])
	case name == "list":
		list(env.Out)
		return nil
	case name == "all":
		return runAll(env)
	}
	return find(name).Run(context.Background(), env)
}

// runAll runs every example with its own flags at their defaults. One that
// fails doesn't keep the next from running.
func runAll(env *Env) error {
	var failed []error
	for i, e := range examples {
		if isTool(e.Name) {
			continue
		}
		if i > 0 {
			fmt.Fprintln(env.Out)
		}
		fmt.Fprintf(env.Out, "=== %s  %s: %s\n", e.Letter, e.Name, e.Doc)
		if e.Flags != nil {
			e.Flags(flag.NewFlagSet(e.Name, flag.ContinueOnError)) // sets the defaults
		}
		err := e.Run(context.Background(), env)
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			fmt.Fprintf(env.Out, "%s: skipped: %v\n", e.Name, err)
		case err != nil:
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func find(name string) *Example {
	i := slices.IndexFunc(examples, func(e Example) bool {
		return e.Name == name || e.Letter != "" && e.Letter == name
	})
	if i < 0 {
		return nil
	}
	return &examples[i]
}

func isTool(name string) bool {
	e := find(name)
	return e != nil && e.Letter == ""
}

// splitName takes the first argument that is neither a flag nor a flag's value
// out of args. Flags may stand before the name, so which of them take a value
// has to be known before the example is: that is why all are asked.
func splitName(args []string) (name string, rest []string) {
	all := []*flag.FlagSet{commonFlags(&Env{})}
	for _, e := range examples {
		if e.Flags != nil {
			fs := flag.NewFlagSet(e.Name, flag.ContinueOnError)
			e.Flags(fs)
			all = append(all, fs)
		}
	}
	takesValue := func(arg string) bool {
		name := strings.TrimLeft(arg, "-")
		for _, fs := range all {
			if f := fs.Lookup(name); f != nil {
				b, ok := f.Value.(interface{ IsBoolFlag() bool })
				return !ok || !b.IsBoolFlag()
			}
		}
		return false // unknown, or -name=value
	}
	for i := 0; i < len(args); i++ {
		switch {
		case !strings.HasPrefix(args[i], "-"):
			return args[i], slices.Concat(args[:i], args[i+1:])
		case takesValue(args[i]):
			i++
		}
	}
	return "", args
}

// parse is fs.Parse for flags and other arguments in any order.
func parse(fs *flag.FlagSet, args []string) (others []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		if args = fs.Args(); len(args) == 0 {
			return others, nil
		}
		others, args = append(others, args[0]), args[1:]
	}
}

func list(w io.Writer) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range examples {
		name := e.Name
		if name == headline {
			name += " (default)"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", e.Letter, name, e.Section, e.Doc)
	}
	tw.Flush()
}

func help(w io.Writer, fs *flag.FlagSet, name string) {
	fmt.Fprintf(w, "usage: go run ./%s/... [flags] [list | all | NAME | LETTER] [arguments]\n\n", chapter)
	list(w)
	if e := find(name); e != nil {
		fmt.Fprintf(w, "\n%s: %s\n", e.Name, e.Doc)
	}
	fmt.Fprintln(w, "\nflags, before or after the name:")
	fs.SetOutput(w)
	fs.PrintDefaults()
}

// report prints a line for each error that err joins.
func report(w io.Writer, err error) {
	if err == nil {
		return
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if ok && err.Error() == errors.Join(joined.Unwrap()...).Error() {
		for _, err := range joined.Unwrap() {
			report(w, err)
		}
		return
	}
	fmt.Fprintf(w, "%s: %s\n", chapter, strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; "))
}

// A stickyWriter remembers the first error, so that an example need not check
// each line that it prints. Any goroutine may write.
type stickyWriter struct {
	mu  sync.Mutex
	w   io.Writer
	err error
}

func (s *stickyWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.w.Write(p)
	s.err = err
	return n, err
}
