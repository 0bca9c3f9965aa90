package main

import (
	"errors"
	"slices"
	"testing"
	"time"

	"ch02/kit"
)

func TestPromiseSettlesOnce(t *testing.T) {
	l := newLoop(&kit.Env{Speed: 1e6})
	first := errors.New("first")
	var got []int
	var failed []error
	p := newPromise(l, func(resolve func(int), reject func(error)) {
		resolve(1)
		resolve(2)
		reject(first)
	})
	q := newPromise(l, func(resolve func(int), reject func(error)) {
		reject(first)
		resolve(3)
		reject(errors.New("second"))
	})
	for _, p := range []*promise[int]{p, q} {
		then(p, func(v int) *promise[int] {
			got = append(got, v)
			return p
		}).catch(func(err error) { failed = append(failed, err) })
	}
	l.run()
	if !slices.Equal(got, []int{1}) || !slices.Equal(failed, []error{first}) {
		t.Errorf("resolved with %v, rejected with %v", got, failed)
	}
}

// The order is the same whether p is settled before then or after it.
func TestThenNeverCallsAtOnce(t *testing.T) {
	l := newLoop(&kit.Env{Speed: 1e6})
	var order []string
	then(resolved(l, 1), func(v int) *promise[int] {
		order = append(order, "then")
		return resolved(l, v)
	})
	order = append(order, "after then")
	l.run()
	if !slices.Equal(order, []string{"after then", "then"}) {
		t.Errorf("order %q", order)
	}
}

func TestThenWaitsForThePromiseOfItsFunction(t *testing.T) {
	l := newLoop(&kit.Env{Speed: 1e6})
	var at []time.Duration
	p := then(after(l, time.Second), func(now time.Duration) *promise[time.Duration] {
		at = append(at, now)
		return after(l, 2*time.Second)
	})
	then(p, func(now time.Duration) *promise[string] {
		at = append(at, now)
		return resolved(l, "another type")
	})
	l.run()
	if !slices.Equal(at, []time.Duration{time.Second, 3 * time.Second}) {
		t.Errorf("at %v", at)
	}
}

func TestAnErrorGoesDownTheChain(t *testing.T) {
	l := newLoop(&kit.Env{Speed: 1e6})
	boom := errors.New("boom")
	var failed error
	first := then(after(l, time.Second), func(time.Duration) *promise[int] {
		return newPromise(l, func(_ func(int), reject func(error)) { reject(boom) })
	})
	last := then(first, func(int) *promise[int] {
		t.Error("called with no value")
		return first
	})
	last.catch(func(err error) { failed = err })
	resolved(l, 1).catch(func(error) { t.Error("nothing to catch") })
	l.run()
	if failed != boom {
		t.Errorf("caught %v, want %v", failed, boom)
	}
}
