package future_test

import (
	"errors"
	"fmt"
	"testing"

	"ch08/future"
)

// counting is ready at poll number ready, and counts.
type counting struct {
	ready        int
	value        string
	err          error
	polls, drops int
	waker        future.Waker // of the last poll
}

func (c *counting) Poll(w future.Waker) (string, error) {
	if c.polls >= c.ready || c.drops > 0 {
		panic(future.PolledAfterCompletion)
	}
	c.waker = w
	if c.polls++; c.polls < c.ready {
		return "", future.NotReady
	}
	return c.value, c.err
}

func (c *counting) Drop() { c.drops++ }

// A plain future holds nothing, and isn't a Dropper.
type plain struct{ polls int }

func (p *plain) Poll(future.Waker) (string, error) { p.polls++; return "", future.NotReady }

// poll polls n times, or until f is done if n < 0. It returns how often it did.
func poll[T any](f future.Future[T], n int) (v T, err error, polls int) {
	err = future.NotReady
	for err == future.NotReady && polls != n {
		v, err = f.Poll(future.NoopWaker)
		polls++
	}
	return v, err, polls
}

func panics(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if p := recover(); p != future.PolledAfterCompletion {
			t.Errorf("%v; want the panic %q", p, future.PolledAfterCompletion)
		}
	}()
	f()
}

var errA, errB = errors.New("a went wrong"), errors.New("b went wrong")

// A countdown is ready when it has been polled n times.
type countdown struct {
	name string
	n    int
}

func (c *countdown) Poll(w future.Waker) (string, error) {
	if c.n--; c.n > 0 {
		w.Wake() // another poll is worth it at once
		return "", future.NotReady
	}
	return c.name + " is done", nil
}

func (c *countdown) Drop() { fmt.Println(c.name, "is dropped") }
