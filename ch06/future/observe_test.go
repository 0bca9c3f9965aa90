package future_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"ch06/future"
)

// TestObserve: begin is called at the first poll, and end once, however f comes to its end.
func TestObserve(t *testing.T) {
	failed := errors.New("failed")
	for name, c := range map[string]struct {
		err   error
		polls int // before the Drop
		want  []string
	}{
		"never polled": {nil, 0, nil},
		"dropped":      {nil, 2, []string{"begin", "end future: dropped"}},
		"done":         {nil, 3, []string{"begin", "end <nil>"}},
		"fails":        {failed, 3, []string{"begin", "end failed"}},
	} {
		f := &counting{ready: 3, value: "a", err: c.err}
		var log []string
		o := future.Observe[string](f, func() func(error) {
			log = append(log, "begin")
			return func(err error) { log = append(log, fmt.Sprint("end ", err)) }
		})
		v, err := "", error(nil)
		for i := range c.polls {
			if v, err = o.Poll(); f.polls != i+1 || (err == future.NotReady) != (i < 2) {
				t.Errorf("%s: %v at poll %d, %d of f", name, err, i+1, f.polls)
			}
		}
		if c.polls == 3 && (v != "a" || err != c.err) {
			t.Errorf("%s: %q, %v", name, v, err)
		}
		future.Drop(o)
		future.Drop(o)
		if !slices.Equal(log, c.want) || f.drops != 2 {
			t.Errorf("%s: %q, want %q; %d drops", name, log, c.want, f.drops)
		}
		panics(t, func() { o.Poll() })
		if !slices.Equal(log, c.want) {
			t.Errorf("%s: a poll too many: %q", name, log)
		}
	}
}

// TestObservePanic: what whoever polls drops after a panic ends, too.
func TestObservePanic(t *testing.T) {
	var got error
	o := future.Observe[string](&counting{}, func() func(error) {
		return func(err error) { got = err }
	})
	panics(t, func() { o.Poll() })
	if future.Drop(o); got == nil {
		t.Error("it hasn't ended")
	}
}
