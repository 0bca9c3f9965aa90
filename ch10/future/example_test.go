package future_test

import (
	"fmt"
	"sync/atomic"

	"ch10/future"
)

// A countdown is ready when it has been polled n times.
type countdown struct {
	name string
	n    int
}

func (c *countdown) Poll(cx *future.Context) (string, error) {
	if c.n--; c.n > 0 {
		cx.Waker().Wake() // another poll is worth it at once
		return "", future.NotReady
	}
	return c.name + " is done", nil
}

func (c *countdown) Drop() { fmt.Println(c.name, "is dropped") }

func Example() {
	cx := future.NewContext(future.NoopWaker)
	var f future.Future[string] = &countdown{"lift-off", 3}
	for {
		s, err := f.Poll(&cx)
		if err == future.NotReady {
			fmt.Println("not ready: time for something else")
			continue
		}
		fmt.Println(s, err)
		return
	}
	// Output:
	// not ready: time for something else
	// not ready: time for something else
	// lift-off is done <nil>
}

// The values come in the order of the futures, whichever is ready first.
func ExampleJoinAll() {
	cx := future.NewContext(future.NoopWaker)
	all := future.JoinAll[string](&countdown{"slow", 3}, &countdown{"fast", 1})
	for polls := 1; ; polls++ {
		values, err := all.Poll(&cx)
		if err != future.NotReady {
			fmt.Printf("poll %d: %q %v\n", polls, values, err)
			return
		}
	}
	// Output: poll 3: ["slow is done" "fast is done"] <nil>
}

// A future that nobody wants any longer has to be dropped. Futures that are done have nothing
// left to let go of.
func ExampleDrop() {
	cx := future.NewContext(future.NoopWaker)
	all := future.JoinAll[string](&countdown{"slow", 3}, &countdown{"fast", 1})
	all.Poll(&cx)
	future.Drop(all)
	future.Drop(all)
	// Output: slow is dropped
}

// A bell is a waker that a goroutine can wait for.
type bell chan struct{}

func (b bell) Wake() {
	select {
	case b <- struct{}{}:
	default: // it has been rung, and nobody has come yet
	}
}

// answer is ready when a goroutine has found it.
type answer struct {
	n       atomic.Int64
	started bool
}

func (a *answer) Poll(cx *future.Context) (int64, error) {
	if !a.started {
		a.started = true
		go func() {
			a.n.Store(42)
			cx.Waker().Wake() // the second poll has the same cx here
		}()
	}
	if n := a.n.Load(); n > 0 {
		return n, nil
	}
	return 0, future.NotReady
}

// The smallest executor: it sleeps until its future is worth a poll.
func ExampleNewContext() {
	rung := make(bell, 1)
	cx := future.NewContext(rung)
	f := new(answer)
	for {
		n, err := f.Poll(&cx)
		if err != future.NotReady {
			fmt.Println(n, err)
			return
		}
		<-rung
	}
	// Output: 42 <nil>
}
