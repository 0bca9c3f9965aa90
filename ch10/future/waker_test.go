package future_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"ch10/future"
	"ch10/kit/leaktest"
)

// A counter is a waker that counts.
type counter struct{ wakes int }

func (w *counter) Wake() { w.wakes++ }

// TestPassOnTheLastContext polls with another Context each time. A coroutine passes it on. JoinAll
// gives each future one that stays, and that belongs to the task of the last poll.
func TestPassOnTheLastContext(t *testing.T) {
	readies := []int{3, 1, 5, 2}
	async := func(f future.Future[string]) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) { return future.Wait(co, f) })
	}
	joined := func(fs ...future.Future[string]) future.Future[[]string] { return future.JoinAll(fs...) }
	for name, c := range map[string]struct {
		make  func(fs ...future.Future[string]) future.Future[[]string]
		stays bool    // each future's own Context
		polls [][]int // which futures
	}{
		"JoinAll": {joined, true, [][]int{{0, 1, 2, 3}, {0, 2, 3}, {0, 2}, {2}, {2}}},
		"Async": {
			func(fs ...future.Future[string]) future.Future[[]string] { return inTurn(new([]string), fs...) }, false,
			[][]int{{0}, {0}, {0, 1, 2}, {2}, {2}, {2}, {2, 3}, {3}},
		},
		"Async of JoinAll of Async": {
			func(fs ...future.Future[string]) future.Future[[]string] {
				return future.Async(func(co *future.Co) ([]string, error) {
					return future.Wait(co, joined(async(fs[0]), async(async(fs[1])), fs[2], async(joinedOne(fs[3]))))
				})
			}, true,
			[][]int{{0, 1, 2, 3}, {0, 2, 3}, {0, 2}, {2}, {2}},
		},
	} {
		leaktest.Check(t)
		var fs []future.Future[string]
		var children []*counting
		for i, r := range readies {
			f := &counting{ready: r, value: fmt.Sprint("value ", i)}
			fs, children = append(fs, f), append(children, f)
		}
		f := c.make(fs...)
		has := make([]*future.Context, len(fs))
		for n, polled := range c.polls {
			w := &counter{}
			cx := future.NewContext(w)
			wakes := 0
			for _, i := range polled {
				if !c.stays {
					has[i] = &cx
				}
				if children[i].polls+1 < readies[i] {
					wakes++
				}
			}
			values, err := f.Poll(&cx)
			if (err == future.NotReady) != (n+1 < len(c.polls)) || err != nil && values != nil {
				t.Fatalf("%s, poll %d: %q, %v", name, n+1, values, err)
			}
			for i, f := range children {
				if c.stays && n == 0 {
					has[i] = f.cx
				}
				if f.cx != has[i] || f.cx == &cx == c.stays && slices.Contains(polled, i) {
					t.Errorf("%s, poll %d: future %d has the wrong Context", name, n+1, i)
				}
				if slices.Contains(polled, i) && f.cx.Task() != w {
					t.Errorf("%s, poll %d: future %d belongs to the wrong task", name, n+1, i)
				}
			}
			if w.wakes != wakes {
				t.Errorf("%s, poll %d: %d wakes, want %d", name, n+1, w.wakes, wakes)
			}
		}
		future.Drop(f)
	}
}

// joinedOne is f, by way of JoinAll.
func joinedOne(f future.Future[string]) future.Future[string] {
	return future.Async(func(co *future.Co) (string, error) {
		values, err := future.Wait(co, future.JoinAll(f))
		return values[0], err
	})
}

func TestNoopWaker(t *testing.T) {
	c := &counting{ready: 3, value: "a"}
	if v, err, polls := poll(future.JoinAll[string](c), -1); !slices.Equal(v, []string{"a"}) || err != nil || polls != 3 {
		t.Errorf("%q, %v after %d polls", v, err, polls)
	}
	future.NoopWaker.Wake()
}

type key struct{}

// A task is the waker of a runtime that has contexts.
type task struct {
	counter
	made int
}

func (t *task) Context() context.Context {
	t.made++
	return context.WithValue(context.Background(), key{}, t)
}

// TestContext: what a Context says is the task's, however deep it is, but for its waker.
func TestContext(t *testing.T) {
	own, between, inner := &task{}, &task{}, &counter{}
	cx := future.NewContext(own)
	child := cx.WithWaker(between)
	grandchild := child.WithWaker(inner)
	for i, c := range []struct {
		cx    *future.Context
		waker future.Waker
	}{{&cx, own}, {&child, between}, {&grandchild, inner}} {
		if c.cx.Waker() != c.waker || c.cx.Task() != own {
			t.Errorf("%d: waker %v, task %v", i, c.cx.Waker(), c.cx.Task())
		}
		if own.made != i {
			t.Errorf("%d contexts before one was asked for, want %d", own.made, i)
		}
		if got := c.cx.Context().Value(key{}); got != own {
			t.Errorf("%d: the context of %v", i, got)
		}
	}
	if between.made != 0 || own.wakes+between.wakes+inner.wakes != 0 {
		t.Errorf("%+v, %+v, %+v", own, between, inner)
	}
}

func TestContextWithoutRuntime(t *testing.T) {
	cx := future.NewContext(&counter{})
	child := cx.WithWaker(&task{})
	for _, cx := range []*future.Context{noop, &cx, &child} {
		if got := cx.Context(); got != context.Background() {
			t.Errorf("%v", got)
		}
	}
}
