// Package interleave tries a protocol in every order that its steps can come in.
//
// A test that runs threads sees the few orders that its machine happens to choose. A protocol that
// loses something in one order of a million passes it for years. A [Model] writes the steps down. It has
// one value with all that the threads share, and functions that change it, which are the threads' steps.
// [Model.Explore] goes through all orders, counts them and those that end badly, and shows the first bad one.
//
//	type shared struct{ full bool }
//
//	m := interleave.Model[shared]{Threads: []interleave.Thread[shared]{
//		{"producer", []interleave.Step[shared]{
//			interleave.Do("puts it in", interleave.End, func(s *shared) { s.full = true })}},
//		{"consumer", []interleave.Step[shared]{
//			interleave.When(func(s *shared) bool { return s.full }, "takes it out", interleave.End, nil)}},
//	}}
//	fmt.Println(m.Explore())
//
// A step is a piece of work that no other thread can interrupt, so one atomic operation, or all that is done under
// a lock. Smaller steps prove more. A model doesn't prove that the code has the same steps, so code and model should
// name each other. All threads see the same memory between steps, as with Go's atomics and locks.
package interleave

import (
	"fmt"
	"math"
)

// A Step changes what is shared, and returns a description of that, and how its thread goes on.
type Step[S comparable] func(*S) (did string, next Next)

// Do returns a step that never waits. It calls do, and its thread goes on as next says.
func Do[S comparable](did string, next Next, do func(*S)) Step[S] {
	return func(s *S) (string, Next) {
		do(s)
		return did, next
	}
}

// When returns a step that waits until can returns true, and then calls then, which may be nil.
func When[S comparable](can func(*S) bool, did string, next Next, then func(*S)) Step[S] {
	return func(s *S) (string, Next) {
		if !can(s) {
			return "", Blocked
		}
		if then != nil {
			then(s)
		}
		return did, next
	}
}

// Next is how a thread goes on after a step.
type Next int

const (
	GoOn    Next = iota // with the next step; behind the last its thread is over
	Stay                // at this step
	Restart             // at the first step
	End                 // its thread is over
	Blocked             // the step did nothing, and s is as it was: it waits for another thread
)

// A Thread does one step after the other. Between any two of them all other threads may do theirs.
type Thread[S comparable] struct {
	Name  string
	Steps []Step[S]
}

// A Model is a protocol. S is all that its threads share or remember. It is copied, so it must hold no
// pointers, and an array takes the place of a queue.
type Model[S comparable] struct {
	Start   S
	Threads []Thread[S] // at most 8

	// Bad judges an order at its end, when no thread can do a step. Stuck names the threads that aren't over.
	// Without Bad, an order is bad if there are any.
	Bad func(s S, stuck []string) bool
}

// A Result says how many orders Explore has found.
type Result struct {
	Orders, Bad int
	First       []Did // the first bad order
}

// Did is a step that was done.
type Did struct{ Thread, What string }

// Explore tries all orders. It panics if threads can go round without an end, so a thread that waits has to be Blocked.
func (m Model[S]) Explore() Result {
	e := explorer[S]{m, map[state[S]]*count{}}
	at := state[S]{s: m.Start}
	c := e.count(at)
	r := Result{Orders: c.orders, Bad: c.bad}
	for i := 0; c.bad > 0 && i < len(m.Threads); i++ {
		if did, after, ok := e.step(at, i); ok && e.count(after).bad > 0 {
			r.First = append(r.First, Did{m.Threads[i].Name, did})
			at, i = after, -1
		}
	}
	return r
}

// A state is where an order has come to. The same steps can follow in all orders that come there, so a state
// is explored once, although each of the orders counts.
type state[S comparable] struct {
	s  S
	at [8]int8 // each thread's next step
}

type count struct{ orders, bad int }

type explorer[S comparable] struct {
	Model[S]
	seen map[state[S]]*count // nil: under way
}

// step does a step of thread i, if it can.
func (e *explorer[S]) step(st state[S], i int) (did string, after state[S], ok bool) {
	steps := e.Threads[i].Steps
	if int(st.at[i]) == len(steps) {
		return "", st, false
	}
	did, next := steps[st.at[i]](&st.s)
	switch next {
	case GoOn:
		st.at[i]++
	case Restart:
		st.at[i] = 0
	case End:
		st.at[i] = int8(len(steps))
	}
	return did, st, next != Blocked
}

// count counts the orders that begin at a state.
func (e *explorer[S]) count(st state[S]) *count {
	if c, ok := e.seen[st]; ok {
		if c == nil {
			panic(fmt.Sprintf("interleave: the threads go round, by way of %+v", st))
		}
		return c
	}
	e.seen[st] = nil
	c, stuck := new(count), []string(nil)
	for i, t := range e.Threads {
		if _, after, ok := e.step(st, i); ok {
			then := e.count(after)
			c.orders, c.bad = add(c.orders, then.orders), add(c.bad, then.bad)
		} else if int(st.at[i]) < len(t.Steps) {
			stuck = append(stuck, t.Name)
		}
	}
	if c.orders == 0 { // no thread can do a step
		c.orders = 1
		if e.Bad == nil && len(stuck) > 0 || e.Bad != nil && e.Bad(st.s, stuck) {
			c.bad = 1
		}
	}
	e.seen[st] = c
	return c
}

// add stays at the greatest int.
func add(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}
