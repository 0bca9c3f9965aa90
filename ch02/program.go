package main

import (
	"flag"
	"fmt"
	"time"

	"ch02/kit"
	"ch02/thread"
)

// A program holds what the five models share, the book's five lines and three
// rows of the timeline.
//
//	start, "The tasks run concurrently!"
//	long task      200 ms
//	short task     100 ms, then it starts the
//	chained task   50 ms
//
// It has no lock, because only one task at a time has its turn (see clock),
// and the single-threaded models have only one thread.
type program struct {
	env   *kit.Env
	start time.Time
	rows  kit.Timeline
	err   error // of a promise that nothing else catches
}

var verbose bool

func programFlags(fs *flag.FlagSet) {
	fs.BoolVar(&verbose, "v", false, "print the system's id of the thread behind each line")
}

func newProgram(env *kit.Env) *program { return &program{env: env, start: time.Now()} }

// say prints one of the book's lines.
func (p *program) say(line string) {
	if verbose {
		who := "unknown"
		if id, ok := thread.ID(); ok {
			who = fmt.Sprint(id)
		}
		line = fmt.Sprintf("%-35s  thread %s", line, who)
	}
	fmt.Fprintln(p.env.Out, line)
}

// begin opens a task's row, end closes it and prints the task's line.
func (p *program) begin(task string) {
	now := time.Since(p.start)
	p.rows = append(p.rows, kit.Row{Label: task, Start: now, End: now})
}

func (p *program) end(task, line string) {
	p.say(line)
	for i := range p.rows {
		if p.rows[i].Label == task {
			p.rows[i].End = time.Since(p.start)
		}
	}
}

func (p *program) timeline() {
	fmt.Fprintln(p.env.Out)
	p.rows.Print(p.env.Out)
}
