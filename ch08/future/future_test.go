package future_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ch08/future"
)

func TestJoinAllPollsWhatIsPending(t *testing.T) {
	for _, readies := range [][]int{{1}, {3}, {1, 1}, {1, 2, 3}, {4, 1, 2, 4}, {1, 5}} {
		var fs []future.Future[string]
		var counts []*counting
		var want []string
		for i, r := range readies {
			c := &counting{ready: r, value: fmt.Sprint("value ", i)}
			fs, counts, want = append(fs, c), append(counts, c), append(want, c.value)
		}
		values, err, polls := poll(future.JoinAll(fs...), -1)
		if err != nil || !slices.Equal(values, want) || polls != slices.Max(readies) {
			t.Errorf("%v: %q, %v after %d polls", readies, values, err, polls)
		}
		for i, c := range counts {
			if c.polls != readies[i] || c.drops != 0 {
				t.Errorf("%v: future %d: %d polls, %d drops", readies, i, c.polls, c.drops)
			}
			if fs[i] != future.Future[string](c) {
				t.Errorf("%v: the caller's slice has %v at %d", readies, fs[i], i)
			}
		}
	}
}

func TestJoinAllErrors(t *testing.T) {
	values, err, polls := poll(future.JoinAll[string](
		&counting{ready: 2, value: "first"},
		&counting{ready: 3, err: errA},
		&counting{ready: 1, value: "third"},
		&counting{ready: 1, value: "half", err: errB},
	), -1)
	if !slices.Equal(values, []string{"first", "", "third", "half"}) || polls != 3 {
		t.Errorf("%q after %d polls", values, polls)
	}
	if !errors.Is(err, errA) || !errors.Is(err, errB) || err.Error() != "future 1: a went wrong\nfuture 3: b went wrong" {
		t.Errorf("error: %v", err)
	}
}

func TestJoinAllOfNothing(t *testing.T) {
	f := future.JoinAll[string]()
	if values, err := f.Poll(future.NoopWaker); len(values) != 0 || err != nil {
		t.Errorf("%q, %v", values, err)
	}
	panics(t, func() { f.Poll(future.NoopWaker) })
}

func TestJoinAllNested(t *testing.T) {
	a, b, c := &counting{ready: 1, value: "a"}, &counting{ready: 3, value: "b"}, &counting{ready: 2, err: errA}
	f := future.JoinAll(future.JoinAll[string](a, b), future.JoinAll[string](c))
	values, err, polls := poll(f, -1)
	if fmt.Sprint(values) != "[[a b] []]" || polls != 3 || a.polls != 1 || b.polls != 3 || c.polls != 2 {
		t.Errorf("%q after %d polls: %d, %d, %d", values, polls, a.polls, b.polls, c.polls)
	}
	if !errors.Is(err, errA) || err.Error() != "future 1: future 0: a went wrong" {
		t.Errorf("error: %v", err)
	}

	a, b, c = &counting{ready: 1}, &counting{ready: 3}, &counting{ready: 2}
	f = future.JoinAll(future.JoinAll[string](a, b), future.JoinAll[string](c))
	poll(f, 1)
	future.Drop(f)
	if a.drops != 0 || b.drops != 1 || c.drops != 1 {
		t.Errorf("dropped %d, %d, %d times; want 0, 1, 1", a.drops, b.drops, c.drops)
	}
}

func TestPolledAfterCompletion(t *testing.T) {
	for _, err := range []error{nil, errA} {
		f := future.JoinAll[string](&counting{ready: 2, err: err})
		poll(f, -1)
		panics(t, func() { f.Poll(future.NoopWaker) })
		future.Drop(f)
		panics(t, func() { f.Poll(future.NoopWaker) })
	}
}

// TestDrop drops before every poll, and twice.
func TestDrop(t *testing.T) {
	readies := []int{2, 1, 4, 3}
	for k := range 5 {
		var fs []future.Future[string]
		var counts []*counting
		for _, r := range readies {
			c := &counting{ready: r}
			fs, counts = append(fs, c), append(counts, c)
		}
		f := future.JoinAll(fs...)
		if _, err, polls := poll(f, k); err == future.NotReady != (k < 4) || polls != k {
			t.Fatalf("%v after %d polls", err, polls)
		}
		for range 2 {
			future.Drop(f)
			for i, c := range counts {
				drops := 0
				if k < readies[i] {
					drops = 1
				}
				if c.drops != drops || c.polls != min(k, readies[i]) {
					t.Errorf("dropped after %d polls: future %d: %d polls, %d drops", k, i, c.polls, c.drops)
				}
			}
		}
		panics(t, func() { f.Poll(future.NoopWaker) })
	}
}

// TestDropAfterAPanic: who survives the panic of one future can still let go of
// the others.
func TestDropAfterAPanic(t *testing.T) {
	before, after := &counting{ready: 9}, &counting{ready: 9}
	f := future.JoinAll[string](before, &counting{ready: 0}, after)
	panics(t, func() { f.Poll(future.NoopWaker) })
	future.Drop(f)
	if before.drops != 1 || before.polls != 1 || after.drops != 1 || after.polls != 0 {
		t.Errorf("%+v, %+v", before, after)
	}
}

func TestDropOfWhatHoldsNothing(t *testing.T) {
	p, c := &plain{}, &counting{ready: 2}
	future.Drop(p)
	f := future.JoinAll[string](p, c)
	poll(f, 1)
	future.Drop(f)
	if p.polls != 1 || c.drops != 1 {
		t.Errorf("%d polls, %d drops; want 1, 1", p.polls, c.drops)
	}
}

func TestNotReadyIsItself(t *testing.T) {
	if err := fmt.Errorf("wrapped: %w", future.NotReady); err == future.NotReady {
		t.Error("== sees through wrapping")
	}
	c := &counting{ready: 1, err: fmt.Errorf("x: %w", future.NotReady)} // a mistake, and no reason to wait for ever
	if _, err := future.JoinAll[string](c).Poll(future.NoopWaker); err == nil || !strings.Contains(err.Error(), "future 0: x: ") {
		t.Errorf("%v; want an error", err)
	}
}
