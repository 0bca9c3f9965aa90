package runtime_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"ch10/future"
	"ch10/runtime"
)

// An end is one Sending or Receiving of a channel, and what it ought to do.
type end struct {
	sending   *runtime.Sending[int] // nil: it receives
	receiving *runtime.Receiving[int]
	cx        future.Context
	wakes     int // since it had to wait

	v       int
	waits   bool
	settled bool // v is on the other side, and that hasn't been told
	refused bool
}

func (e *end) Wake() { e.wakes++ }

// A chanModel is a channel, and what it ought to have. Its lists are plain slices.
type chanModel struct {
	t       *testing.T
	task    *future.Context
	c       *runtime.Chan[int]
	n       int
	values  []int
	waiting []*end // senders, or receivers: never both
	closed  bool
	live    []*end // that may be polled
	spare   []*runtime.Sending[int]
	sent    int         // the last value
	over    map[int]int // how often a value came to its end: received, refused or taken back
}

// settle is what happens to an end that waits, or doesn't need to.
func (m *chanModel) settle(e *end, refused bool) {
	if i := slices.Index(m.waiting, e); i >= 0 {
		m.waiting = slices.Delete(m.waiting, i, i+1)
	}
	e.settled, e.refused = !refused, refused
}

func (m *chanModel) first(sends bool) *end {
	if len(m.waiting) > 0 && (m.waiting[0].sending != nil) == sends {
		return m.waiting[0]
	}
	return nil
}

// begin is the first poll of e as it ought to be.
func (m *chanModel) begin(e *end) {
	receiver, sender := m.first(false), m.first(true)
	switch {
	case e.sending != nil && m.closed:
		m.settle(e, true)
	case e.sending != nil && receiver != nil:
		receiver.v = e.v
		m.settle(receiver, false)
		m.settle(e, false)
	case e.sending != nil && len(m.values) < m.n:
		m.values = append(m.values, e.v)
		m.settle(e, false)
	case e.sending == nil && len(m.values) > 0:
		e.v, m.values = m.values[0], m.values[1:]
		m.settle(e, false)
		if sender != nil && len(m.values) < m.n {
			m.values = append(m.values, sender.v)
			m.settle(sender, false)
		}
	case e.sending == nil && sender != nil:
		e.v = sender.v
		m.settle(sender, false)
		m.settle(e, false)
	case m.closed:
		m.settle(e, true)
	default:
		m.waiting = append(m.waiting, e)
	}
}

func (m *chanModel) add(sends, polled bool) {
	e := &end{}
	e.cx = m.task.WithWaker(e)
	if sends {
		if len(m.spare) > 0 {
			e.sending, m.spare = m.spare[0], m.spare[1:]
		} else {
			e.sending = new(runtime.Sending[int])
		}
		m.sent++
		e.v = m.sent
		e.sending.Begin(m.c, e.v)
	} else {
		e.receiving = new(runtime.Receiving[int])
		e.receiving.Begin(m.c)
	}
	m.live = append(m.live, e)
	if polled {
		m.poll(e)
	}
}

// poll polls e, in the channel and here.
func (m *chanModel) poll(e *end) {
	if !e.waits {
		m.begin(e)
	}
	var v int
	var err error
	if e.sending != nil {
		_, err = e.sending.Poll(&e.cx)
	} else {
		v, err = e.receiving.Poll(&e.cx)
	}
	if (err == nil) != e.settled || (err == runtime.ErrClosed) != e.refused || (err == future.NotReady) == (e.settled || e.refused) ||
		e.settled && e.sending == nil && v != e.v {
		m.t.Fatalf("%d, %v; want %+v", v, err, e)
	}
	m.woken(e)
	if e.waits = err == future.NotReady; e.waits {
		return
	}
	if e.sending == nil && err == nil || e.sending != nil && err != nil {
		m.over[e.v]++
	}
	m.end(e)
}

// woken checks that e has been woken when it had waited and needs no longer, and else not.
func (m *chanModel) woken(e *end) {
	wakes := 0
	if e.waits && (e.settled || e.refused) {
		wakes = 1
	}
	if e.wakes != wakes {
		m.t.Fatalf("%d wakes, want %d: %+v", e.wakes, wakes, e)
	}
}

func (m *chanModel) end(e *end) {
	m.live = slices.DeleteFunc(m.live, func(l *end) bool { return l == e })
	if e.sending != nil {
		m.spare = append(m.spare, e.sending)
	}
}

// drop drops e: a value that it had been given goes back.
func (m *chanModel) drop(e *end) {
	m.woken(e)
	receiver := m.first(false)
	switch {
	case e.sending != nil && !e.settled:
		m.over[e.v]++
	case e.sending == nil && e.settled && receiver != nil:
		receiver.v = e.v
		m.settle(receiver, false)
	case e.sending == nil && e.settled:
		m.values = slices.Insert(m.values, 0, e.v)
	}
	m.waiting = slices.DeleteFunc(m.waiting, func(w *end) bool { return w == e })
	if e.sending != nil {
		e.sending.Drop()
	} else {
		e.receiving.Drop()
		e.receiving.Drop()
	}
	m.end(e)
}

func (m *chanModel) close() {
	m.closed = true
	for len(m.waiting) > 0 {
		m.settle(m.waiting[0], true)
	}
	m.c.Close()
}

func (m *chanModel) step(op, arg int) {
	switch {
	case op < 6:
		m.add(op < 3, op%3 > 0)
	case op < 10 && len(m.live) > 0:
		m.poll(m.live[arg%len(m.live)])
	case op < 15 && len(m.live) > 0:
		m.drop(m.live[arg%len(m.live)])
	case op == 15 && arg == 0:
		m.close()
	}
}

// FuzzChan compares a channel with its model. The first byte is the size, and each further one is a step.
func FuzzChan(f *testing.F) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		steps := make([]byte, 300)
		for i := range steps {
			steps[i] = byte(r.Uint32())
		}
		f.Add(steps)
	}
	f.Add(bytes.Repeat([]byte{1, 4}, 200)) // send and receive, so often that a poll's budget isn't enough
	f.Fuzz(func(t *testing.T, steps []byte) {
		m := &chanModel{t: t, over: map[int]int{}}
		if len(steps) > 0 {
			m.n, steps = int(steps[0])%5, steps[1:]
		}
		m.c = runtime.NewChan[int](m.n)
		finish(t, newRuntime(t), pollFunc[struct{}](func(cx *future.Context) (none struct{}, _ error) {
			m.task = cx
			for range 100 { // a poll's budget is 128
				switch {
				case len(steps) > 0:
					m.step(int(steps[0])%16, int(steps[0])/16)
					steps = steps[1:]
				case len(m.live) > 0:
					m.drop(m.live[len(m.live)/2])
				case len(m.values) > 0:
					m.add(false, true)
				default:
					m.finish()
					return none, nil
				}
			}
			cx.Waker().Wake()
			return none, future.NotReady
		}))
	})
}

// finish closes the channel, which is empty, and counts the values.
func (m *chanModel) finish() {
	m.close()
	m.add(false, true)
	for v := 1; v <= m.sent; v++ {
		if m.over[v] != 1 {
			m.t.Errorf("value %d came to its end %d times", v, m.over[v])
		}
	}
}
