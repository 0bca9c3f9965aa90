package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// TestSleepsInOrder: none is too short, and of two the one that is over first comes first.
func TestSleepsInOrder(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t, oneWorker)
	type nap struct{ earliest, latest time.Time }
	var over []nap
	var all []future.Future[struct{}]
	for i := range 50 {
		d := time.Duration(i*7%50) * 200 * time.Microsecond
		f, n := runtime.Sleep(d), nap{}
		all = append(all, runtime.Spawn(rt, pollFunc[struct{}](func(cx *future.Context) (struct{}, error) {
			before := time.Now()
			v, err := f.Poll(cx)
			if n.earliest.IsZero() {
				n = nap{before.Add(d), time.Now().Add(d)}
			}
			if err == nil {
				over = append(over, n)
				if before.Before(n.earliest) {
					t.Errorf("a sleep of %v was too short", d)
				}
			}
			return v, err
		})))
	}
	finish(t, rt, future.JoinAll(all...))
	for i := 1; i < len(over); i++ {
		if over[i].latest.Before(over[i-1].earliest) {
			t.Errorf("the sleep that ended as number %d was over before the one that ended then", i)
		}
	}
	if s := rt.Stats(); s.Polls > 50*2+52 {
		t.Errorf("%+v: two polls each are enough", s)
	}
}

func TestSleep(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t, oneWorker)
	for _, d := range []time.Duration{0, -1, math.MinInt64, 1, time.Millisecond} {
		before := rt.Stats()
		finish(t, rt, runtime.Sleep(d))
		after := rt.Stats()
		if after.Polls != before.Polls+2 || after.Parks > before.Parks+1 || d <= 0 && after.Parks != before.Parks {
			t.Errorf("Sleep(%v): %+v before, %+v after", d, before, after)
		}
	}
	for _, d := range []time.Duration{time.Hour, math.MaxInt64} {
		p := runtime.Spawn(rt, runtime.Sleep(d))
		settle(t, rt)
		if n := runtime.Timers(rt); n != 1 {
			t.Errorf("Sleep(%v): %d timers", d, n)
		}
		finish(t, rt, runtime.Sleep(time.Millisecond))
		p.Cancel()
		settle(t, rt)
		empty(t, rt)
	}
	s := runtime.Sleep(0)
	finish(t, rt, s)
	inside(t, rt, func(cx *future.Context) {
		if p := panics(func() { s.Poll(cx) }); p != future.PolledAfterCompletion {
			t.Errorf("panic %v", p)
		}
	})
}

// TestTimerSetAgain: what counts is the last Set.
func TestTimerSetAgain(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	for name, test := range map[string]struct {
		set   []time.Duration
		fires bool
	}{
		"earlier":         {[]time.Duration{time.Hour, 0}, true},
		"later":           {[]time.Duration{0, time.Hour}, false},
		"there and back":  {[]time.Duration{0, time.Hour, 2 * time.Hour, 0}, true},
		"back and there":  {[]time.Duration{time.Hour, 0, math.MaxInt64}, false},
		"the same, twice": {[]time.Duration{0, 0}, true},
	} {
		var timer runtime.Timer
		p := &probe{do: func(poll int, cx *future.Context) error {
			if poll > 1 {
				if !timer.Expired(cx) {
					t.Errorf("%s: woken too early", name)
				}
				return nil
			}
			if timer.IsSet() || timer.Expired(cx) {
				t.Errorf("%s: it is set, or has expired, from the beginning", name)
			}
			for _, d := range test.set {
				timer.Set(cx, d)
				if !timer.IsSet() || timer.Expired(cx) {
					t.Errorf("%s: it isn't set, or has expired, at Set", name)
				}
			}
			return future.NotReady
		}}
		h := runtime.Spawn[struct{}](rt, p)
		settle(t, rt)
		if polls := map[bool]int{true: 2, false: 1}[test.fires]; p.polls != polls {
			t.Errorf("%s: %d polls, want %d", name, p.polls, polls)
		}
		if timers := map[bool]int{true: 0, false: 1}[test.fires]; runtime.Timers(rt) != timers {
			t.Errorf("%s: %d timers, want %d", name, runtime.Timers(rt), timers)
		}
		inside(t, rt, func(*future.Context) {
			timer.Stop()
			timer.Stop()
		})
		h.Cancel()
		settle(t, rt)
		empty(t, rt)
	}
}

// TestTimerStop: nobody is woken, and it can be set again, also when it has fired.
func TestTimerStop(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	var timer runtime.Timer
	timer.Stop()
	p := &probe{}
	p.do = func(poll int, cx *future.Context) error {
		if poll > 1 && !timer.Expired(cx) {
			t.Errorf("poll %d: woken too early", poll)
		}
		if poll == 3 {
			return nil
		}
		timer.Set(cx, 0)
		timer.Stop()
		if timer.IsSet() || timer.Expired(cx) || runtime.Timers(rt) != 0 {
			t.Errorf("poll %d: not stopped", poll)
		}
		timer.Set(cx, 0)
		return future.NotReady
	}
	finish(t, rt, p)
	p.want(t, "task", 3, 0)
	timer.Stop()
	if timer.IsSet() {
		t.Error("it is set")
	}
}

// TestTimerWakesTheLast that asked.
func TestTimerWakesTheLast(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	var timer runtime.Timer
	first := &probe{do: func(_ int, cx *future.Context) error {
		timer.Set(cx, 0)
		return future.NotReady
	}}
	last := &probe{do: func(_ int, cx *future.Context) error {
		if timer.Expired(cx) {
			return nil
		}
		return future.NotReady
	}}
	runtime.Spawn[struct{}](rt, first)
	finish(t, rt, last)
	settle(t, rt)
	first.want(t, "first", 1, 0)
	last.want(t, "last", 2, 0)
}

func TestTimeout(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	failed := errors.New("failed")
	unwoken := func(n int) *probe {
		return &probe{do: func(poll int, _ *future.Context) error {
			if poll == n {
				return failed
			}
			return future.NotReady
		}}
	}
	for name, test := range map[string]struct {
		d            time.Duration
		f            *probe
		err          error
		polls, drops int
	}{
		"ready at once":       {0, ready(1, failed), failed, 1, 0},
		"ready in time":       {time.Hour, ready(3, failed), failed, 3, 0},
		"both at once":        {0, unwoken(2), failed, 2, 0},
		"no time":             {0, pending(), context.DeadlineExceeded, 2, 1},
		"negative":            {-time.Hour, pending(), context.DeadlineExceeded, 2, 1},
		"too late":            {time.Millisecond, pending(), context.DeadlineExceeded, 2, 1},
		"ready, huge timeout": {math.MaxInt64, ready(2, nil), nil, 2, 0},
	} {
		f := runtime.Timeout[struct{}](test.d, test.f)
		if _, err := runtime.BlockOn(t.Context(), rt, f); err != test.err {
			t.Errorf("%s: %v, want %v", name, err, test.err)
		}
		test.f.want(t, name, test.polls, test.drops)
		empty(t, rt)
	}
	// The innermost that is over decides.
	p := pending()
	f := runtime.Timeout(time.Hour, runtime.Timeout[struct{}](0, p))
	if _, err := runtime.BlockOn(t.Context(), rt, f); err != context.DeadlineExceeded {
		t.Errorf("%v", err)
	}
	p.want(t, "inner", 2, 1)
}

// TestManySleepers: every one wakes up.
func TestManySleepers(t *testing.T) {
	leaktest.Check(t)
	const tasks = 10_000
	rt := newRuntime(t)
	all := make([]future.Future[struct{}], tasks)
	for i := range all {
		all[i] = runtime.Spawn(rt, runtime.Sleep(time.Duration(i*7919%tasks)*time.Microsecond))
	}
	finish(t, rt, future.JoinAll(all...))
	empty(t, rt)
}

func TestSelect(t *testing.T) {
	leaktest.Check(t)
	rt := newRuntime(t)
	failed := errors.New("failed")
	for name, test := range map[string]struct {
		fs    []*probe
		index int
		polls []int
	}{
		"the only one":        {[]*probe{ready(1, failed)}, 0, []int{1}},
		"the fastest":         {[]*probe{pending(), ready(5, nil), ready(3, failed), pending()}, 2, []int{3, 3, 3, 2}},
		"the first of two":    {[]*probe{pending(), ready(2, failed), ready(2, nil)}, 1, []int{2, 2, 1}},
		"the others not once": {[]*probe{ready(1, failed), pending(), ready(1, nil)}, 0, []int{1, 0, 0}},
	} {
		var fs []future.Future[struct{}]
		for _, p := range test.fs {
			fs = append(fs, p)
		}
		f := runtime.Select(fs...)
		clear(fs) // it has a list of its own
		got := finish(t, rt, f)
		if got.Index != test.index || got.Err != failed {
			t.Errorf("%s: %+v", name, got)
		}
		for i, p := range test.fs {
			drops := 1
			if i == test.index {
				drops = 0
			}
			p.want(t, fmt.Sprintf("%s: future %d", name, i), test.polls[i], drops)
		}
	}
	if v := finish(t, rt, runtime.Select(result(3, nil), result(4, nil))); v.Value != 3 || v.Err != nil {
		t.Errorf("%+v", v)
	}
	if p := panics(func() { runtime.Select[int]() }); p != "runtime: Select of nothing" {
		t.Errorf("panic %v", p)
	}
	if p := panics(func() { runtime.Select(result(1, nil), nil) }); p != "runtime: Select: future 1 is nil" {
		t.Errorf("panic %v", p)
	}
}
