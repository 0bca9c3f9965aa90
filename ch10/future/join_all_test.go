package future_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"ch10/future"
)

// patient is ready when it is told so, and wakes nobody. What else it is to do in a poll can be set.
type patient struct {
	id     int
	ready  bool
	during func(polls int)
	log    *[]int // the ids of those that are polled
	polls  int
	drops  int
	cx     *future.Context
}

func (p *patient) Poll(cx *future.Context) (int, error) {
	p.cx, p.polls = cx, p.polls+1
	*p.log = append(*p.log, p.id)
	if p.during != nil {
		p.during(p.polls)
	}
	if !p.ready {
		return 0, future.NotReady
	}
	return p.id, nil
}

func (p *patient) Drop() { p.drops++ }

func (p *patient) wake() { p.cx.Waker().Wake() }

// A crowd is patient futures with ids from 0 on, and all of them joined.
type crowd struct {
	future.Future[[]int]
	all []*patient
	log []int
}

func newCrowd(n int) *crowd {
	c := &crowd{all: make([]*patient, n)}
	fs := make([]future.Future[int], n)
	for i := range n {
		c.all[i] = &patient{id: i, log: &c.log}
		fs[i] = c.all[i]
	}
	c.Future = future.JoinAll(fs...)
	return c
}

// polls polls once, and fails the test unless that polls those with the ids of want.
func (c *crowd) polls(t *testing.T, cx *future.Context, want ...int) {
	t.Helper()
	c.log = nil
	if _, err := c.Poll(cx); err != future.NotReady || !slices.Equal(c.log, want) {
		t.Errorf("%v, polled %v; want %v, and %v", err, c.log, want, future.NotReady)
	}
}

// woken fails the test unless w has been woken so often since the last time.
func (w *counter) woken(t *testing.T, want int) {
	t.Helper()
	if w.wakes != want {
		t.Errorf("%d wakes, want %d", w.wakes, want)
	}
	w.wakes = 0
}

// TestJoinAllPollsTheWoken: first all, in order, and then those that have been woken since, once each,
// the first one first.
func TestJoinAllPollsTheWoken(t *testing.T) {
	c, w := newCrowd(6), &counter{}
	cx := future.NewContext(w)
	c.polls(t, &cx, 0, 1, 2, 3, 4, 5)
	w.woken(t, 0)
	random := rand.New(rand.NewPCG(1, 2))
	for n, wakes := range append([][]int{
		{}, {2}, {}, {2, 2, 2}, {4, 1, 4, 3, 1}, {5, 4, 3, 2, 1, 0}, {0, 1, 2, 3, 4, 5}, {},
	}, make([][]int, 200)...) {
		for range random.IntN(10) * (n / 8) { // these are by chance
			wakes = append(wakes, random.IntN(len(c.all)))
		}
		var want []int
		for _, i := range wakes {
			if c.all[i].wake(); !slices.Contains(want, i) {
				want = append(want, i)
			}
		}
		w.woken(t, len(want))
		c.polls(t, &cx, want...)
		w.woken(t, 0)
	}
}

// TestJoinAllWokenDuringPoll: who is woken when it has been polled is polled the next time.
func TestJoinAllWokenDuringPoll(t *testing.T) {
	c, w := newCrowd(4), &counter{}
	cx := future.NewContext(w)
	c.all[1].during = func(polls int) {
		if polls <= 3 { // wakes itself, more than once
			c.all[1].wake()
			c.all[1].wake()
		}
	}
	c.all[2].during = func(polls int) {
		if polls == 1 {
			c.all[0].wake()
		}
	}
	c.polls(t, &cx, 0, 1, 2, 3)
	w.woken(t, 2)
	c.polls(t, &cx, 1, 0)
	w.woken(t, 1)
	c.polls(t, &cx, 1)
	w.woken(t, 1)
	c.polls(t, &cx, 1)
	w.woken(t, 0)
	c.polls(t, &cx)

	// One whose turn is yet to come isn't polled again for that.
	c.all[1].during = func(int) { c.all[0].wake(); c.all[3].wake(); c.all[2].wake() }
	for _, i := range []int{0, 1, 2} {
		c.all[i].wake()
	}
	w.woken(t, 3)
	c.polls(t, &cx, 0, 1, 2)
	w.woken(t, 2)
	c.polls(t, &cx, 0, 3)
	w.woken(t, 0)
}

// TestJoinAllWakesTheLastPoll: whoever polled last is woken, also by those that it didn't poll.
func TestJoinAllWakesTheLastPoll(t *testing.T) {
	c, first, second, third := newCrowd(4), &counter{}, &counter{}, &counter{}
	cx1, cx2, cx3 := future.NewContext(first), future.NewContext(second), future.NewContext(third)
	c.polls(t, &cx1, 0, 1, 2, 3)
	kept := c.all[3].cx
	c.all[0].wake()
	c.all[0].wake()
	c.all[1].wake()
	first.woken(t, 2)
	c.polls(t, &cx2, 0, 1)
	c.all[3].wake()
	c.all[1].wake()
	c.all[3].wake()
	first.woken(t, 0)
	second.woken(t, 2)
	c.polls(t, &cx1, 3, 1)
	c.polls(t, &cx3)
	for _, p := range c.all {
		if p.cx.Task() != third {
			t.Errorf("%d belongs to another task", p.id)
		}
	}
	c.all[2].wake()
	kept.Waker().Wake()
	first.woken(t, 0)
	second.woken(t, 0)
	third.woken(t, 2)
	c.polls(t, &cx3, 2, 3)
	if c.all[3].cx != kept {
		t.Error("a Context has moved")
	}
	for i, p := range c.all { // each has its own
		for _, q := range c.all[:i] {
			if p.cx == q.cx || p.cx.Waker() == q.cx.Waker() {
				t.Errorf("%d and %d have the same Context or waker", q.id, p.id)
			}
		}
	}
}

// TestJoinAllLateWakes: of what is done, nobody polls anything.
func TestJoinAllLateWakes(t *testing.T) {
	c, w := newCrowd(3), &counter{}
	cx := future.NewContext(w)
	c.all[1].ready = true
	c.polls(t, &cx, 0, 1, 2)
	c.all[1].wake()
	c.polls(t, &cx)
	c.all[1].wake()
	c.all[0].wake()
	c.polls(t, &cx, 0)

	c.all[0].ready, c.all[2].ready = true, true
	c.all[2].wake()
	c.all[0].wake()
	c.log = nil
	values, err := c.Poll(&cx)
	if !slices.Equal(values, []int{0, 1, 2}) || err != nil || !slices.Equal(c.log, []int{2, 0}) {
		t.Errorf("%v, %v, polled %v", values, err, c.log)
	}
	for range 2 {
		for _, p := range c.all {
			p.wake()
		}
		panics(t, func() { c.Poll(&cx) })
		future.Drop(c.Future)
	}
	for i, want := range []int{3, 1, 2} {
		if p := c.all[i]; p.polls != want || p.drops != 0 {
			t.Errorf("%d: %d polls, %d drops; want %d and 0", i, p.polls, p.drops, want)
		}
	}

	c = newCrowd(3)
	c.polls(t, &cx, 0, 1, 2)
	c.all[1].wake()
	for range 2 {
		future.Drop(c.Future)
		for _, p := range c.all {
			if p.wake(); p.polls != 1 || p.drops != 1 {
				t.Errorf("%d: %d polls, %d drops; want 1 and 1", p.id, p.polls, p.drops)
			}
		}
		panics(t, func() { c.Poll(&cx) })
	}
}

// TestJoinAllDropAfterALaterPanic: those that were woken, too, and not polled any more.
func TestJoinAllDropAfterALaterPanic(t *testing.T) {
	c := newCrowd(4)
	c.all[1].during = func(polls int) {
		if polls == 2 {
			panic(errA)
		}
	}
	c.polls(t, noop, 0, 1, 2, 3)
	for _, p := range c.all[:3] {
		p.wake()
	}
	panicsWith(t, errA, func() { c.Poll(noop) })
	for range 2 {
		future.Drop(c.Future)
		for i, polls := range []int{2, 2, 1, 1} {
			p := c.all[i]
			if p.wake(); p.polls != polls || p.drops != 1 {
				t.Errorf("%d: %d polls, %d drops; want %d and 1", i, p.polls, p.drops, polls)
			}
		}
	}
}

func TestJoinAllNestedWakes(t *testing.T) {
	var log []int
	var leaves []*patient
	for i := range 5 {
		leaves = append(leaves, &patient{id: i, log: &log})
	}
	f := future.JoinAll(
		future.JoinAll(future.JoinAll[int](leaves[0], leaves[1]), future.JoinAll[int](leaves[2])),
		future.JoinAll(future.JoinAll[int](leaves[3], leaves[4])),
	)
	own := []*task{{}, {}}
	cxs := []future.Context{future.NewContext(own[0]), future.NewContext(own[1])}
	for n, step := range []struct {
		wakes []int
		woken int // how often the task of the last poll is
		polls []int
		with  int // which task polls
	}{
		{nil, 0, []int{0, 1, 2, 3, 4}, 0},
		{[]int{1}, 1, []int{1}, 0},
		{nil, 0, nil, 1},
		{[]int{4, 0, 3, 2, 1, 4}, 2, []int{4, 3, 0, 1, 2}, 0},
		{[]int{2, 3}, 2, []int{2, 3}, 1},
		{[]int{1, 0}, 1, []int{1, 0}, 1},
	} {
		for _, i := range step.wakes {
			leaves[i].wake()
		}
		if wakes := own[0].wakes + own[1].wakes; wakes != step.woken || n > 0 && leaves[0].cx.Task().(*task).wakes != wakes {
			t.Errorf("step %d: %d and %d wakes, want %d", n, own[0].wakes, own[1].wakes, step.woken)
		}
		own[0].wakes, own[1].wakes, log = 0, 0, nil
		if _, err := f.Poll(&cxs[step.with]); err != future.NotReady || !slices.Equal(log, step.polls) {
			t.Errorf("step %d: %v, polled %v; want %v", n, err, log, step.polls)
		}
		for i, p := range leaves {
			if got := own[step.with]; p.cx.Task() != got || p.cx.Context().Value(key{}) != got {
				t.Errorf("step %d: %d belongs to another task", n, i)
			}
		}
	}
}

// TestJoinAllMany: each of 10,000 is polled at first, and when it has been woken.
func TestJoinAllMany(t *testing.T) {
	const n = 10_000
	c := newCrowd(n)
	if _, err := c.Poll(noop); err != future.NotReady || len(c.log) != n {
		t.Fatalf("%v after %d polls", err, len(c.log))
	}
	for k, i := range rand.New(rand.NewPCG(3, 4)).Perm(n) {
		c.all[i].ready = true
		c.all[i].wake()
		if _, err := c.Poll(noop); (err == future.NotReady) != (k < n-1) {
			t.Fatalf("%v, after %d were woken", err, k+1)
		}
	}
	if len(c.log) != 2*n {
		t.Errorf("%d polls, want %d", len(c.log), 2*n)
	}
}
