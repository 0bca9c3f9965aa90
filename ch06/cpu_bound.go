package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"ch06/future"
	"ch06/kit"
)

// compute keeps a CPU busy for d. A test replaces it.
var compute = func(d time.Duration) {
	for begin := time.Now(); time.Since(begin) < d; {
	}
}

// A timer is ready when its time has come. (For brevity timer and hungry don't panic
// when they are polled after their end.)
type timer struct{ due time.Time }

func (t timer) Poll() (string, error) {
	if time.Now().Before(t.due) {
		return "", future.NotReady
	}
	return "rings", nil
}

// hungry breaks the promise of Poll, because it computes before it returns.
type hungry struct{ d time.Duration }

func (h hungry) Poll() (string, error) {
	compute(h.d)
	return "has computed in Poll", nil
}

// offloaded lets a thread compute, and is ready when the thread has a result. It wakes
// nobody. The loop polls it like all the others, and finds it ready one time.
// It has no Drop, because nobody can stop a computation from outside.
type offloaded struct {
	d      time.Duration
	result chan string // nil before the first poll
}

func (o *offloaded) Poll() (string, error) {
	if o.result == nil {
		o.result = make(chan string, 1) // room for the result, so that the thread ends even if nobody receives it
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

// beside polls f and four timers, in turns, until all are ready. It returns how late
// the latest timer was.
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
