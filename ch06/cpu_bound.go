package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"ch06/future"
	"ch06/kit"
)

// compute keeps a CPU busy for d. A test puts something else here.
var compute = func(d time.Duration) {
	for begin := time.Now(); time.Since(begin) < d; {
	}
}

// A timer is ready when its time has come. (For brevity it and hungry don't
// panic when they are polled once more.)
type timer struct{ due time.Time }

func (t timer) Poll() (string, error) {
	if time.Now().Before(t.due) {
		return "", future.NotReady
	}
	return "rings", nil
}

// hungry breaks the promise of Poll: it does not return until it has computed.
type hungry struct{ d time.Duration }

func (h hungry) Poll() (string, error) {
	compute(h.d)
	return "has computed in Poll", nil
}

// offloaded has a thread compute, and is ready when that has a result. It tells
// nobody: it is polled like all the others, and one time happens to be ready.
// It has no Drop, since a computation can't be stopped from outside.
type offloaded struct {
	d      time.Duration
	result chan string // nil before the first poll
}

func (o *offloaded) Poll() (string, error) {
	if o.result == nil {
		o.result = make(chan string, 1) // the thread ends, whether or not somebody is there to take it
		go func() {
			runtime.LockOSThread() // and never unlocks: the thread is the work's alone, and ends with it
			compute(o.d)
			o.result <- "has computed on a thread"
			close(o.result)
		}()
	}
	select {
	case s, ok := <-o.result:
		if !ok {
			panic(future.PolledAfterCompletion)
		}
		return s, nil
	default:
		return "", future.NotReady
	}
}

func cpuBound(_ context.Context, env *kit.Env) error {
	work := env.Delay(300 * time.Millisecond)
	fmt.Fprintln(env.Out, "computing inside of Poll")
	late := beside(env, hungry{work})
	fmt.Fprintln(env.Out, "\ncomputing on a thread of its own, behind a leaf future")
	later := beside(env, &offloaded{d: work})
	fmt.Fprintf(env.Out, "\nThe timers were late by up to %v with the work in Poll, and by up to %v with it on a thread.\n"+
		"Who polls can't take a turn away from a future: that is cooperative scheduling.\n", kit.Round(late), kit.Round(later))
	return nil
}

// beside polls f and four timers, in turns, until all are ready. It returns by
// how much the latest timer was late.
func beside(env *kit.Env, f future.Future[string]) (late time.Duration) {
	begin := time.Now()
	futures, rows := []future.Future[string]{f}, kit.Timeline{{Label: "work"}}
	due := func(i int) time.Duration { return env.Delay(time.Duration(i) * 50 * time.Millisecond) }
	for i := 1; i <= 4; i++ {
		futures = append(futures, timer{begin.Add(due(i))})
		rows = append(rows, kit.Row{Label: fmt.Sprintf("timer %d", i)})
	}
	for pending := len(futures); pending > 0; time.Sleep(env.Delay(time.Millisecond)) {
		for i, f := range futures {
			if f == nil {
				continue
			}
			began := time.Since(begin)
			s, err := f.Poll()
			at := time.Since(begin)
			if i == 0 && at-began > env.Delay(10*time.Millisecond) {
				rows[0].Busy = append(rows[0].Busy, kit.Span{From: began, To: at})
			}
			if err == future.NotReady {
				continue
			}
			futures[i], rows[i].End = nil, at
			pending--
			report := fmt.Sprintf("%10v  %s %s", kit.Round(at), rows[i].Label, s)
			if i > 0 {
				late = max(late, at-due(i))
				report += fmt.Sprintf(", %v late", kit.Round(at-due(i)))
			}
			fmt.Fprintln(env.Out, report)
		}
	}
	fmt.Fprintln(env.Out)
	rows.Print(env.Out)
	return late
}
