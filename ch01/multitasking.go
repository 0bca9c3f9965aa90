package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"text/tabwriter"
	"time"

	"ch01/kit"
)

// A task is work for the CPU in equal pieces. It yields after each piece.
type task struct {
	name   string
	pieces int
	piece  time.Duration
}

// tasks returns three tasks, all ready at time 0, in this order. The one in
// the middle is a single piece, so it doesn't yield before it is done.
func tasks(long time.Duration) []task {
	const ms = time.Millisecond
	return []task{
		{"editor", 4, 10 * ms},
		{"compress", 1, long},
		{"music", 3, 20 * ms},
	}
}

var longPiece, timeSlice time.Duration

func multitaskingFlags(fs *flag.FlagSet) {
	fs.DurationVar(&longPiece, "long", 300*time.Millisecond, "`time` that the task compress works without a yield")
	fs.DurationVar(&timeSlice, "slice", 10*time.Millisecond, "`time` after which the timer interrupts a task")
}

const maxSlices = 100_000 // enough for any picture

// A schedule records how the tasks ran on one CPU.
type schedule struct {
	ran                 []ran // in the order of the tasks
	yields, preemptions int   // turns that ended with a piece, and with the time slice
}

type ran struct {
	task
	left         time.Duration // of the current piece
	spans        []kit.Span
	done         time.Duration
	longestPause time.Duration // ready to run but not running
}

// simulate runs the tasks in turns on one simulated CPU. With slice 0 a task
// keeps the CPU until it yields (cooperative). Otherwise it also loses the CPU
// when slice is over (preemptive). A switch costs nothing here.
func simulate(tasks []task, slice time.Duration) schedule {
	s := schedule{ran: make([]ran, len(tasks))}
	var ready []*ran
	for i, t := range tasks {
		s.ran[i] = ran{task: t, left: t.piece}
		ready = append(ready, &s.ran[i])
	}
	var now time.Duration
	for len(ready) > 0 {
		t := ready[0]
		ready = ready[1:]
		t.longestPause = max(t.longestPause, now-t.done)
		d := t.left
		if slice > 0 && d > slice {
			d = slice
			s.preemptions++
		} else {
			s.yields++
		}
		t.spans = append(t.spans, kit.Span{From: now, To: now + d})
		now += d
		t.done = now
		if t.left -= d; t.left == 0 {
			t.pieces, t.left = t.pieces-1, t.piece
		}
		if t.pieces > 0 {
			ready = append(ready, t)
		}
	}
	return s
}

func runMultitasking(_ context.Context, env *kit.Env) error {
	ts := tasks(longPiece)
	if err := cmp.Or(between("slice", timeSlice, 1, time.Hour), between("long", longPiece, 1, time.Hour)); err != nil {
		return err
	}
	if (longPiece+100*time.Millisecond)/timeSlice > maxSlices {
		return kit.Usagef("-long %v -slice %v: want at most %d slices", longPiece, timeSlice, maxSlices)
	}
	fmt.Fprint(env.Out, "Three tasks, ready at the same time, on one simulated CPU:\n")
	for _, t := range ts {
		fmt.Fprintf(env.Out, "%-10s%d × %v, with a yield after each\n", t.name, t.pieces, t.piece)
	}
	fmt.Fprint(env.Out, "\nnon-preemptive (cooperative): a task runs until it yields\n\n")
	simulate(ts, 0).print(env)
	fmt.Fprintf(env.Out, "\npreemptive: the timer interrupts a turn after %v\n\n", timeSlice)
	simulate(ts, timeSlice).print(env)
	fmt.Fprintf(env.Out, `
Both do the same work in the same time (a switch costs nothing here). But cooperation
depends on every task: one that doesn't yield stops the others for %v, and an endless
loop stops them for ever. Under the preemptive scheduler nobody waits long for a turn. The
price: a task can be stopped between any two instructions, and the long one is done later.
`, longPiece)
	return nil
}

func (s schedule) print(env *kit.Env) {
	tw := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "task\tfirst runs at\tlongest pause\tdone at")
	var t kit.Timeline
	for _, r := range s.ran {
		fmt.Fprintf(tw, "%s\t%v\t%v\t%v\n", r.name, r.spans[0].From, r.longestPause, r.done)
		t = append(t, kit.Row{Label: r.name, End: r.done, Busy: r.spans})
	}
	tw.Flush()
	fmt.Fprintf(env.Out, "turns on the CPU: %d ended by the task itself, %d by the timer\n\n", s.yields, s.preemptions)
	t.Print(env.Out)
}
