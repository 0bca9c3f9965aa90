package future_test

import (
	"fmt"
	"slices"
	"testing"

	"ch08/future"
	"ch08/kit/leaktest"
)

// A counter is a waker that counts.
type counter struct{ wakes int }

func (w *counter) Wake() { w.wakes++ }

// wakeful wants to be polled again at once.
type wakeful struct{ counting }

func (f *wakeful) Poll(w future.Waker) (string, error) {
	v, err := f.counting.Poll(w)
	if err == future.NotReady {
		w.Wake()
	}
	return v, err
}

// TestPassOnTheLastWaker polls with another waker each time: the futures that are
// polled get that one, and those that aren't keep the one that they have.
func TestPassOnTheLastWaker(t *testing.T) {
	readies := []int{3, 1, 5, 2}
	async := func(f future.Future[string]) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) { return future.Wait(co, f) })
	}
	joined := func(fs ...future.Future[string]) future.Future[[]string] { return future.JoinAll(fs...) }
	for name, c := range map[string]struct {
		make  func(fs ...future.Future[string]) future.Future[[]string]
		polls [][]int // which futures
	}{
		"JoinAll": {joined, [][]int{{0, 1, 2, 3}, {0, 2, 3}, {0, 2}, {2}, {2}}},
		"Async": {
			func(fs ...future.Future[string]) future.Future[[]string] { return inTurn(new([]string), fs...) },
			[][]int{{0}, {0}, {0, 1, 2}, {2}, {2}, {2}, {2, 3}, {3}},
		},
		"Async of JoinAll of Async": {
			func(fs ...future.Future[string]) future.Future[[]string] {
				return future.Async(func(co *future.Co) ([]string, error) {
					return future.Wait(co, joined(async(fs[0]), async(async(fs[1])), fs[2], async(joinedOne(fs[3]))))
				})
			},
			[][]int{{0, 1, 2, 3}, {0, 2, 3}, {0, 2}, {2}, {2}},
		},
	} {
		leaktest.Check(t)
		var fs []future.Future[string]
		var children []*wakeful
		for i, r := range readies {
			f := &wakeful{counting{ready: r, value: fmt.Sprint("value ", i)}}
			fs, children = append(fs, f), append(children, f)
		}
		f := c.make(fs...)
		has := make([]future.Waker, len(fs))
		for n, polled := range c.polls {
			w := &counter{}
			wakes := 0
			for _, i := range polled {
				has[i] = w
				if children[i].polls+1 < readies[i] {
					wakes++
				}
			}
			values, err := f.Poll(w)
			if (err == future.NotReady) != (n+1 < len(c.polls)) || err != nil && values != nil {
				t.Fatalf("%s, poll %d: %q, %v", name, n+1, values, err)
			}
			for i, f := range children {
				if f.waker != has[i] {
					t.Errorf("%s, poll %d: future %d has the wrong waker", name, n+1, i)
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
	c := &wakeful{counting{ready: 3, value: "a"}}
	if v, err, polls := poll(future.JoinAll[string](c), -1); !slices.Equal(v, []string{"a"}) || err != nil || polls != 3 {
		t.Errorf("%q, %v after %d polls", v, err, polls)
	}
	future.NoopWaker.Wake()
}
