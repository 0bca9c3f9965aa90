// Package kit holds the command line and the timeline. It is the same in every chapter.
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

	// Flags adds the example's own flags; it may be nil. Two examples may use one flag name if both take
	// a value, or neither does.
	Flags func(*flag.FlagSet)

	// Run prints to env.Out. Each error that its error joins (errors.Join) gets a line of its own. "all" skips
	// an example whose error is errors.ErrUnsupported.
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

// Run is Main for tests. It returns the exit status: 0 for success, 1 if the example failed, 2 for bad usage.
func Run(chapter, headline string, examples []Example, args []string, stdout, stderr io.Writer) int {
	out := &output{w: stdout}
	p := &program{chapter, headline, examples, &Env{Out: out, Err: stderr, Speed: 1}}
	err := p.run(args)
	if out.err != nil && !errors.Is(err, out.err) {
		err = errors.Join(err, out.err)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "%s: %s\n", chapter, strings.ReplaceAll(err.Error(), "\n", "\n"+chapter+": "))
	if _, bad := errors.AsType[usageError](err); !bad {
		return 1
	}
	p.list(stderr)
	fmt.Fprintln(stderr, "flags: -h, or -h behind a name")
	return 2
}

type usageError struct{ error }

// Usagef returns an error that means bad usage, so the status is 2.
func Usagef(format string, a ...any) error { return usageError{fmt.Errorf(format, a...)} }

type program struct {
	chapter, headline string
	examples          []Example
	env               *Env
}

func (p *program) run(args []string) error {
	list := Example{Letter: "list", Name: "list", Run: func(context.Context, *Env) error { return p.list(p.env.Out) }}
	all := Example{Letter: "all", Name: "all", Run: p.runAll}
	for _, e := range p.examples {
		all.Speed, all.Server = all.Speed || e.Speed, all.Server || e.Server
	}
	known := append(slices.Clip(p.examples), list, all)

	// A flag may come before the name. Its value could pass for the name, so the name is found with the flags
	// of all examples, and then only the chosen example's flags are read.
	name := p.headline
	if _, words, err := p.parse(args, known...); len(words) > 0 {
		name = words[0]
	} else if err != nil && !errors.Is(err, flag.ErrHelp) {
		return usageError{err} // the name may stand behind it
	}
	i := slices.IndexFunc(known, func(e Example) bool { return name == e.Name || name != "" && name == e.Letter })
	if i < 0 {
		return Usagef("no example %q", name)
	}
	fs, words, err := p.parse(args, known[i])
	p.env.Args = words[min(1, len(words)):]
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(p.env.Out, "usage: go run ./%s/... [flags] [list | all | NAME | LETTER] [arguments]\n\n", p.chapter)
		p.list(p.env.Out)
		fmt.Fprintln(p.env.Out, "\nflags, before or after the name:")
		fs.SetOutput(p.env.Out)
		fs.PrintDefaults()
		return nil
	case err != nil:
		return usageError{err}
	case !(p.env.Speed >= 1e-2 && p.env.Speed <= 1e6): // NaN too
		return Usagef("-speed %v: want a number from 0.01 to 1000000", p.env.Speed)
	case len(p.env.Args) > 0 && known[i].Letter != "":
		return Usagef("%s takes no argument, got %q", name, p.env.Args[0])
	}
	return known[i].Run(context.Background(), p.env)
}

// parse reads words, and the flags that the examples take, in any order. A flag that isn't given gets its default.
func (p *program) parse(args []string, examples ...Example) (all *flag.FlagSet, words []string, err error) {
	all = flag.NewFlagSet(p.chapter, flag.ContinueOnError)
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
	for err = all.Parse(args); err == nil && all.NArg() > 0; err = all.Parse(args) {
		words, args = append(words, all.Arg(0)), all.Args()[1:]
	}
	return all, words, err
}

// runAll runs every example with its own flags at their defaults. One that fails doesn't keep the next from running.
func (p *program) runAll(ctx context.Context, env *Env) (err error) {
	env.All = true
	for i, e := range p.examples {
		if e.Letter == "" {
			continue
		}
		fmt.Fprintf(env.Out, "%s=== %s  %s: %s\n", strings.Repeat("\n", min(i, 1)), e.Letter, e.Name, e.Doc)
		if one := e.Run(ctx, env); errors.Is(one, errors.ErrUnsupported) {
			fmt.Fprintf(env.Out, "%s: skipped: %v\n", e.Name, one)
		} else {
			err = errors.Join(err, one)
		}
	}
	return err
}

func (p *program) list(w io.Writer) error {
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
	return tw.Flush()
}

// An output keeps its first error, so that no example has to check each line that it prints.
type output struct {
	mu  sync.Mutex
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (n int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		n, o.err = o.w.Write(p)
	}
	return n, o.err
}
