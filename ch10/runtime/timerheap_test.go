package runtime

import (
	"math/rand/v2"
	"testing"
	"time"

	"ch10/future"
)

// A timerModel has timers in a runtime that nobody works for, and what they ought to do. Its clock goes
// by whole hours: what is due in one really isn't for the whole test, until advance says so.
type timerModel struct {
	t      *testing.T
	rt     *Runtime
	timers []Timer
	tasks  []task // the one that each wakes
	due    []int  // at which hour; -1: it isn't set, or has fired
	fired  []bool
	hour   int
}

func newTimerModel(t *testing.T, n int) *timerModel {
	m := &timerModel{t: t, rt: &Runtime{}, timers: make([]Timer, n), tasks: make([]task, n), due: make([]int, n), fired: make([]bool, n)}
	for i := range m.tasks {
		m.due[i] = -1
		m.tasks[i].rt = m.rt
		m.tasks[i].cx = future.NewContext(&m.tasks[i])
	}
	return m
}

func (m *timerModel) set(i, hours int) {
	m.timers[i].Set(&m.tasks[i].cx, time.Duration(hours)*time.Hour)
	m.due[i], m.fired[i] = m.hour+max(hours, 0), false
}

func (m *timerModel) stop(i int) {
	m.timers[i].Stop()
	m.due[i], m.fired[i] = -1, false
	if m.timers[i].IsSet() {
		m.t.Errorf("timer %d is set after Stop", i)
	}
}

// advance lets hours pass, by turning back what the heap waits for.
func (m *timerModel) advance(hours int) {
	m.hour += hours
	for i := range m.rt.timers.entries {
		e := &m.rt.timers.entries[i]
		e.when -= int64(hours) * int64(time.Hour)
		e.t.when = e.when
	}
	m.rt.timers.fire(m.rt)
	last := 0
	for t := m.rt.run.pop(); t != nil; t = m.rt.run.pop() {
		for i := range m.tasks {
			if t == &m.tasks[i] {
				if m.due[i] < last || m.due[i] > m.hour {
					m.t.Fatalf("hour %d: timer %d has fired, which is due at %d, after one that is at %d", m.hour, i, m.due[i], last)
				}
				last, m.due[i], m.fired[i] = m.due[i], -1, true
			}
		}
		t.state.Store(0)
	}
}

// check compares everything with the model, and looks at the heap.
func (m *timerModel) check() {
	m.t.Helper()
	set, first := 0, -1
	for i, due := range m.due {
		if due >= 0 {
			if set++; first < 0 || due < first {
				first = due
			}
		}
		if m.timers[i].Expired(&m.tasks[i].cx) != m.fired[i] || m.timers[i].index != 0 != (due >= 0) {
			m.t.Fatalf("timer %d: expired %v, in the heap %v; want %v, %v", i, !m.fired[i], due < 0, m.fired[i], due >= 0)
		}
	}
	entries := m.rt.timers.entries
	if len(entries) != set {
		m.t.Fatalf("%d timers in the heap, want %d", len(entries), set)
	}
	for i, e := range entries {
		if e.t.index != int32(i)+1 || e.when != e.t.when || i > 0 && e.when < entries[(i-1)/4].when {
			m.t.Fatalf("entry %d is out of place: %+v", i, entries)
		}
	}
	next := m.rt.timers.next()
	if hours := (next + time.Hour - 1) / time.Hour; set == 0 && next != -1 || set > 0 && int(hours) != max(first-m.hour, 0) {
		m.t.Fatalf("the first is due in %v, want hour %d; it is %d", next, first, m.hour)
	}
}

// FuzzTimers compares Set, Stop and fire with a plain list. Two bytes are one step.
func FuzzTimers(f *testing.F) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		steps := make([]byte, 400)
		for i := range steps {
			steps[i] = byte(r.Uint32())
		}
		f.Add(steps)
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, steps []byte) {
		m := newTimerModel(t, 50)
		for ; len(steps) >= 2; steps = steps[2:] {
			i, d := int(steps[0])%64, int(steps[1])
			switch {
			case i >= 60:
				m.advance(d % 8)
			case i >= 50:
				m.stop(d % 50)
			default:
				m.set(i, d%32)
			}
			m.check()
		}
		m.advance(1 << 10)
		m.check()
		if len(m.rt.timers.entries) != 0 {
			t.Error("some timers never fire")
		}
	})
}
