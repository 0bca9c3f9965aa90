// Package kit holds the command line and the timeline. It is the same in every
// chapter.
package kit

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// An Example is one program of a chapter.
type Example struct {
	Letter             string // the book's; empty for a tool, which "all" leaves out and which may take arguments
	Name, Section, Doc string // Section is the book's, Doc one line
	Page               int    // of the book, or 0 if the book has no such program
	Speed, Server      bool   // whether it takes -speed and -server; a flag that it would ignore is refused

	// Flags adds the example's own flags; it may be nil. Two examples may
	// use one flag name if both take a value, or neither does.
	Flags func(*flag.FlagSet)

	// Run prints to env.Out. If its error joins several (errors.Join),
	// each gets a line of its own. "all" skips an example whose error is
	// errors.ErrUnsupported.
	Run func(ctx context.Context, env *Env) error
}

// An Env holds the output and the settings of an example.
type Env struct {
	Out, Err io.Writer // any goroutine may write; an error of Out fails the example
	Speed    float64   // every delay is divided by this
	Server   string    // host:port of a delay server, or "" to start one
	Args     []string  // a tool's arguments, from behind its name
	All      bool      // one of all: what takes long, or doesn't end, does less
}

// Delay is the book's delay d at the chosen speed.
func (env *Env) Delay(d time.Duration) time.Duration { return time.Duration(float64(d) / env.Speed) }

// Main runs the command line of a chapter's program, and ends the process.
func Main(chapter, headline string, examples []Example) {
	os.Exit(Run(chapter, headline, examples, os.Args[1:], os.Stdout, os.Stderr))
}

// Run is Main for tests. It returns the exit status: 0 for success, 1 if the
// example failed, 2 for bad usage.
func Run(chapter, headline string, examples []Example, args []string, stdout, stderr io.Writer) int {
	out := &stickyWriter{w: stdout}
	p := &program{chapter, headline, examples, &Env{Out: out, Err: stderr, Speed: 1}}
	err := p.dispatch(args)
	if out.err != nil && !errors.Is(err, out.err) {
		err = errors.Join(err, out.err)
	}
	p.report(err)
	if _, bad := errors.AsType[usageError](err); bad {
		p.list(stderr)
		fmt.Fprintln(stderr, "flags: -h, or -h behind a name")
		return 2
	} else if err != nil {
		return 1
	}
	return 0
}

type usageError struct{ error }

// Usagef returns an error that means bad usage, so the status is 2.
func Usagef(format string, a ...any) error { return usageError{fmt.Errorf(format, a...)} }

type program struct {
	chapter, headline string
	examples          []Example
	env               *Env
}

func (p *program) dispatch(args []string) error {
	// A flag may come before the name. Its value could pass for the name, so the name is found
	// with the flags of all examples, and then only the chosen example's flags are read.
	name := p.headline
	if words, err := parse(p.flags(p.examples...), args); len(words) > 0 {
		name = words[0]
	} else if err != nil && !errors.Is(err, flag.ErrHelp) {
		return usageError{err} // the name may stand behind it
	}
	run, takes, isTool := p.runAll, []Example(nil), false
	switch i := slices.IndexFunc(p.examples, func(e Example) bool { return name == e.Name || name != "" && name == e.Letter }); {
	case i >= 0:
		e := p.examples[i]
		takes, isTool = []Example{e}, e.Letter == ""
		run = func() error { return e.Run(context.Background(), p.env) }
	case name == "all":
		for _, e := range p.examples {
			takes = append(takes, Example{Speed: e.Speed, Server: e.Server})
		}
	case name == "list":
		run = func() error { p.list(p.env.Out); return nil }
	default:
		return Usagef("no example %q", name)
	}
	fs := p.flags(takes...)
	words, err := parse(fs, args)
	p.env.Args = words[min(1, len(words)):]
	switch {
	case errors.Is(err, flag.ErrHelp):
		return p.help(fs)
	case err != nil:
		return usageError{err}
	case !(p.env.Speed >= 1e-2 && p.env.Speed <= 1e6): // NaN too
		return Usagef("-speed %v: want a number from 0.01 to 1000000", p.env.Speed)
	case len(p.env.Args) > 0 && !isTool:
		return Usagef("%s takes no argument, got %q", name, p.env.Args[0])
	}
	return run()
}

// flags returns a set of the flags that the examples take, each at its default.
func (p *program) flags(examples ...Example) *flag.FlagSet {
	all := flag.NewFlagSet(p.chapter, flag.ContinueOnError)
	all.SetOutput(io.Discard) // Run prints the errors
	for _, e := range examples {
		fs := flag.NewFlagSet(e.Name, flag.ContinueOnError)
		if e.Speed {
			fs.Float64Var(&p.env.Speed, "speed", 1, "divide every delay by `x`")
		}
		if e.Server {
			fs.StringVar(&p.env.Server, "server", "", "use the delay server that runs at `host:port`")
		}
		if e.Flags != nil {
			e.Flags(fs)
		}
		fs.VisitAll(func(f *flag.Flag) {
			if all.Lookup(f.Name) == nil {
				all.Var(f.Value, f.Name, f.Usage)
			}
		})
	}
	return all
}

// parse is fs.Parse for flags and words in any order.
func parse(fs *flag.FlagSet, args []string) (words []string, err error) {
	for err = fs.Parse(args); err == nil && fs.NArg() > 0; err = fs.Parse(args) {
		words, args = append(words, fs.Arg(0)), fs.Args()[1:]
	}
	return words, err
}

// runAll runs every example with its own flags at their defaults. One that
// fails doesn't keep the next from running.
func (p *program) runAll() (err error) {
	p.env.All = true
	for i, e := range p.examples {
		if e.Letter == "" {
			continue
		}
		fmt.Fprintf(p.env.Out, "%s=== %s  %s: %s\n", strings.Repeat("\n", min(i, 1)), e.Letter, e.Name, e.Doc)
		if e.Flags != nil {
			e.Flags(flag.NewFlagSet(e.Name, flag.ContinueOnError)) // sets the defaults
		}
		if one := e.Run(context.Background(), p.env); errors.Is(one, errors.ErrUnsupported) {
			fmt.Fprintf(p.env.Out, "%s: skipped: %v\n", e.Name, one)
		} else if one != nil {
			err = errors.Join(err, one)
		}
	}
	return err
}

func (p *program) list(w io.Writer) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range p.examples {
		name, page := e.Name, "–"
		if name == p.headline {
			name += " (default)"
		}
		if e.Page > 0 {
			page = fmt.Sprint("p. ", e.Page)
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", e.Letter, name, page, e.Section, e.Doc)
	}
	tw.Flush()
}

func (p *program) help(fs *flag.FlagSet) error {
	fmt.Fprintf(p.env.Out, "usage: go run ./%s/... [flags] [list | all | NAME | LETTER] [arguments]\n\n", p.chapter)
	p.list(p.env.Out)
	fmt.Fprintln(p.env.Out, "\nflags, before or after the name:")
	fs.SetOutput(p.env.Out)
	fs.PrintDefaults()
	return nil
}

// report prints a line for each error that err joins.
func (p *program) report(err error) {
	if err == nil {
		return
	}
	if j, ok := err.(interface{ Unwrap() []error }); ok && err.Error() == errors.Join(j.Unwrap()...).Error() {
		for _, err := range j.Unwrap() {
			p.report(err)
		}
		return
	}
	fmt.Fprintf(p.env.Err, "%s: %s\n", p.chapter, strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; "))
}

// A stickyWriter keeps its first error, so that no example has to check each
// line that it prints.
type stickyWriter struct {
	mu  sync.Mutex
	w   io.Writer
	err error
}

func (s *stickyWriter) Write(p []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		n, s.err = s.w.Write(p)
	}
	return n, s.err
}
