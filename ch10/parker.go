package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"text/tabwriter"

	"ch10/interleave"
	"ch10/kit"
)

// A parker stops one goroutine until another unparks it. It has a flag of its own, which nothing else can
// use up. Only one goroutine may park.
type parker struct {
	mu        sync.Mutex
	cond      *sync.Cond
	resumable bool // unpark was called, and park hasn't returned since
}

func newParker() *parker {
	p := new(parker)
	p.cond = sync.NewCond(&p.mu)
	return p
}

func (p *parker) park() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.resumable {
		p.cond.Wait() // unlocks mu while it waits, so that unpark can lock it
	}
	p.resumable = false
}

func (p *parker) unpark() {
	p.mu.Lock()
	p.resumable = true
	p.mu.Unlock()
	p.cond.Signal()
}

// model returns a model of an executor that sleeps and a waker that wakes it. If there is a lock, a third thread
// holds it at first.
func model(lock bool, executor, waker []step) interleave.Model[shared] {
	m := interleave.Model[shared]{
		Start:   shared{held: lock},
		Threads: []interleave.Thread[shared]{{Name: "executor", Steps: executor}, {Name: "waker", Steps: waker}},
		// The executor never wakes up, although its task is in the queue.
		Bad: func(_ shared, stuck []string) bool { return slices.Contains(stuck, "executor") },
	}
	if lock {
		m.Threads = append(m.Threads, interleave.Thread[shared]{Name: "third", Steps: []step{releaseLock}})
	}
	return m
}

var models = []struct {
	doc string
	interleave.Model[shared]
}{
	{"a signal, forgotten if nobody sleeps",
		model(false, []step{lookForTask, fallAsleep, waitForSignal}, []step{queueTask, sendSignal})},
	{"thread::park, if nobody else parks this thread",
		model(false, []step{lookForTask, takeLockAndPrint, parkOnToken}, []step{queueTask, setToken})},
	{"thread::park, and a lock that uses it, too",
		model(true, []step{lookForTask, takeLockAndPrint, parkOnToken}, []step{queueTask, setToken})},
	{"Parker, with a flag of its own",
		model(true, []step{lookForTask, takeLockAndPrint, waitForFlag}, []step{queueTask, setFlag, notifyOne})},
	{"our runtime: parked = true, look again, wait",
		model(true, []step{lookForTask, setParked, lookAgain, takeLockAndPrint, waitForEvent},
			[]step{queueTask, isParked, claimAlarm, ringAlarm})},
	{"the same, but look again, parked = true, wait",
		model(true, []step{lookForTask, lookAgain, setParked, takeLockAndPrint, waitForEvent},
			[]step{queueTask, isParked, claimAlarm, ringAlarm})},
}

func parkers(_ context.Context, env *kit.Env) error {
	fmt.Fprint(env.Out, "An executor finds no task, and sleeps. A waker brings a task, and wakes it. In which orders\n"+
		"of their steps does the executor sleep on, with the task in its queue?\n\n")
	w := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\t\torders\tlost\t")
	for i, m := range models {
		r := m.Explore()
		fmt.Fprintf(w, "%d\t%-46s\t%d\t%d\t\n", i+1, m.doc, r.Orders, r.Bad)
	}
	w.Flush()

	fmt.Fprint(env.Out, "\nHow 3 loses a wake-up:\n\n")
	for _, did := range models[2].Explore().First {
		fmt.Fprintf(env.Out, "  %-8s %s\n", did.Thread, did.What)
	}
	fmt.Fprint(env.Out, "  executor parks, and nobody unparks it any more\n\n")

	const wakes = 10_000
	fmt.Fprintf(env.Out, "Parker: %d wakes, %d seen\n", wakes, pingPong(wakes))
	return nil
}

// pingPong wakes a goroutine n times, each time after it has seen the wake-up before, and returns how many it has seen.
// If a wake-up were lost, pingPong would never return.
func pingPong(n int) (seen int) {
	ping, pong := newParker(), newParker()
	var wg sync.WaitGroup
	wg.Go(func() {
		for range n {
			ping.park()
			seen++
			pong.unpark()
		}
	})
	for range n {
		ping.unpark()
		pong.park()
	}
	wg.Wait()
	return seen
}
