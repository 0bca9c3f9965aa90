package main

import (
	"context"
	"fmt"
	"sync"
	"text/tabwriter"

	"ch10/kit"
)

// A parker stops one goroutine until another lets it go on. It is for one who parks, and nobody else
// can use its flag.
type parker struct {
	mu        sync.Mutex
	cond      *sync.Cond
	resumable bool // there was an unpark, and no park has returned since
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
		p.cond.Wait() // unlocks mu while it waits, so that unpark can come in
	}
	p.resumable = false
}

func (p *parker) unpark() {
	p.mu.Lock()
	p.resumable = true
	p.mu.Unlock()
	p.cond.Signal()
}

// A model is how an executor sleeps, and how a waker wakes it.
type model struct {
	doc             string
	executor, waker []step
	locks           bool // a third thread has the lock that printing needs
}

var models = []model{
	{"a signal, forgotten if nobody sleeps",
		[]step{lookForTask, fallAsleep, waitForSignal}, []step{queueTask, sendSignal}, false},
	{"thread::park, if nobody else parks this thread",
		[]step{lookForTask, takeLockAndPrint, parkOnToken}, []step{queueTask, setToken}, false},
	{"thread::park, and a lock that uses it, too",
		[]step{lookForTask, takeLockAndPrint, parkOnToken}, []step{queueTask, setToken}, true},
	{"Parker, with a flag of its own",
		[]step{lookForTask, takeLockAndPrint, waitForFlag}, []step{queueTask, setFlag, notifyOne}, true},
	{"our runtime: parked = true, look again, wait",
		[]step{lookForTask, setParked, lookAgain, takeLockAndPrint, waitForEvent},
		[]step{queueTask, isParked, claimAlarm, ringAlarm}, true},
	{"the same, but look again, parked = true, wait",
		[]step{lookForTask, lookAgain, setParked, takeLockAndPrint, waitForEvent},
		[]step{queueTask, isParked, claimAlarm, ringAlarm}, true},
}

// count returns in how many orders the steps of m can come, in how many of those the executor sleeps in the end though its
// task is in the queue, and the first of these.
func (m model) count() (orders, lost int, first []string) {
	threads := []thread{{name: "executor", steps: m.executor}, {name: "waker   ", steps: m.waker}}
	if m.locks {
		threads = append(threads, thread{name: "third   ", steps: []step{releaseLock}})
	}
	explore(shared{held: m.locks}, threads, nil, func(order []string, threads []thread) {
		orders++
		if executor := threads[0]; executor.at < len(executor.steps) {
			if lost++; lost == 1 {
				first = order
			}
		}
	})
	return orders, lost, first
}

func parkers(_ context.Context, env *kit.Env) error {
	fmt.Fprint(env.Out, "An executor finds no task, and sleeps. A waker brings a task, and wakes it. In which orders\n"+
		"of their steps does the executor sleep on, with the task in its queue?\n\n")
	w := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\t\torders\tlost\t")
	var token []string
	for i, m := range models {
		orders, lost, first := m.count()
		fmt.Fprintf(w, "%d\t%-46s\t%d\t%d\t\n", i+1, m.doc, orders, lost)
		if i == 2 {
			token = first
		}
	}
	w.Flush()

	fmt.Fprint(env.Out, "\nHow 3 loses a wake-up:\n\n")
	for _, did := range token {
		fmt.Fprintf(env.Out, "  %s\n", did)
	}
	fmt.Fprint(env.Out, "  executor parks, and nobody unparks it any more\n\n")

	const wakes = 10_000
	fmt.Fprintf(env.Out, "Parker: %d wakes, %d seen\n", wakes, pingPong(wakes))
	return nil
}

// pingPong wakes a goroutine n times, each time when it has seen the one before, and returns how often it was woken. A
// wake-up that is lost would be waited for for ever.
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
