// Package runtime runs futures. Its executors poll those that have been woken, and
// its reactor wakes them when an event comes. A waker is the only link between the two,
// and the future carries it from one to the other:
//
//	executor --Poll(waker)--> future --SetWaker--> reactor
//	executor <--Wake()---------------------------- reactor
//
// In the book the modules for futures and for the runtime import each other. Go's packages
// can't. So package future has the interface Waker, and this package the type that implements it.
//
// There is one reactor in a process, on a thread of its own. The first [Init] starts it,
// and it has stopped when the last BlockOn returns.
package runtime

import "sync"

// running is the reactor of this process.
var running struct {
	sync.Mutex
	reactor   *EventLoop
	executors int // number that it serves
}

// Init makes an executor, and starts the reactor if there is none. Every executor
// must run one [Executor.BlockOn], which releases the reactor. The error
// is not nil if the system gave no event queue.
func Init() (*Executor, error) {
	running.Lock()
	defer running.Unlock()
	if running.reactor == nil {
		r, err := startReactor()
		if err != nil {
			return nil, err
		}
		running.reactor = r
	}
	running.executors++
	return newExecutor(), nil
}

// release ends an executor's use of the reactor. The last one stops it.
func release() {
	running.Lock()
	defer running.Unlock()
	if running.executors--; running.executors == 0 {
		running.reactor.stop()
		running.reactor = nil
	}
}

// Reactor returns the reactor, for leaf futures. There is one from Init until
// BlockOn returns; at any other time Reactor panics.
func Reactor() *EventLoop {
	running.Lock()
	defer running.Unlock()
	if running.reactor == nil {
		panic("runtime: a future was polled outside of a runtime: Init comes first")
	}
	return running.reactor
}
