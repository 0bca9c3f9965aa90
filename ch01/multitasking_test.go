package main

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"ch01/kit"
)

// checkSchedule fails unless each task got the CPU for as long as it wanted,
// no two had it at once, and it was never idle.
func checkSchedule(t *testing.T, ts []task, s schedule) {
	t.Helper()
	var all time.Duration
	var spans []kit.Span
	for i, r := range s.ran {
		want := time.Duration(ts[i].pieces) * ts[i].piece
		if got := sum(r.spans); got != want || r.done != r.spans[len(r.spans)-1].To {
			t.Errorf("%s ran for %v until %v, want %v", r.name, got, r.done, want)
		}
		all += want
		spans = append(spans, r.spans...)
	}
	slices.SortFunc(spans, func(a, b kit.Span) int { return cmp.Compare(a.From, b.From) })
	at := time.Duration(0)
	for _, sp := range spans {
		if sp.From != at || sp.To <= at {
			t.Fatalf("%v after %v", sp, at)
		}
		at = sp.To
	}
	if at != all {
		t.Errorf("done at %v, want %v", at, all)
	}
}

func TestCooperative(t *testing.T) {
	for _, long := range []time.Duration{1, time.Millisecond, time.Second} {
		ts := tasks(long)
		s := simulate(ts, 0)
		checkSchedule(t, ts, s)
		if s.ran[2].longestPause < long || s.preemptions != 0 || s.yields != 8 {
			t.Errorf("%v: %+v", long, s)
		}
	}
}

func TestPreemptive(t *testing.T) {
	for _, slice := range []time.Duration{time.Microsecond * 7, time.Millisecond, 10 * time.Millisecond, time.Hour} {
		ts := tasks(300 * time.Millisecond)
		s := simulate(ts, slice)
		checkSchedule(t, ts, s)
		for _, r := range s.ran {
			if limit := time.Duration(len(ts)-1) * slice; r.longestPause > limit {
				t.Errorf("slice %v: %s paused for %v, more than %v", slice, r.name, r.longestPause, limit)
			}
		}
	}
	if s, c := simulate(tasks(time.Second), time.Hour), simulate(tasks(time.Second), 0); fmt.Sprint(s) != fmt.Sprint(c) {
		t.Errorf("a slice that never ends isn't cooperative:\n%+v\n%+v", s, c)
	}
}
