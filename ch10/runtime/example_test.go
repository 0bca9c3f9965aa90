package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"ch10/future"
	"ch10/runtime"
)

// run makes a runtime, has it run body, and shuts it down.
func run(body func(co *future.Co) (string, error)) {
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Shutdown(context.Background())
	s, err := runtime.BlockOn(context.Background(), rt, future.Async(body))
	fmt.Println(s, err)
}

// The main task spawns two more, and waits for them. They take turns.
func Example() {
	rt, err := runtime.New(runtime.Options{Log: os.Stdout})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Shutdown(context.Background())
	task := func(name string, rounds int) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			for i := range rounds {
				fmt.Println(name, i)
				future.Wait(co, runtime.Yield())
			}
			return rounds, nil
		})
	}
	sum, err := runtime.BlockOn(context.Background(), rt, future.Async(func(co *future.Co) (int, error) {
		ping, pong := runtime.Spawn(rt, task("ping", 2)), runtime.Spawn(rt, task("pong", 3))
		fmt.Println("two tasks are spawned")
		a, err1 := future.Wait(co, ping)
		b, err2 := future.Wait(co, pong)
		return a + b, errors.Join(err1, err2)
	}))
	fmt.Println(sum, err)
	// Output:
	// two tasks are spawned
	// ping 0
	// pong 0
	// ping 1
	// pong 1
	// pong 2
	// main: All tasks are finished
	// 5 <nil>
}

// A task runs beside the one that spawns it. Its handle is a future of its result.
func ExampleSpawn() {
	run(func(co *future.Co) (string, error) {
		rt, err := future.Wait(co, runtime.Current())
		if err != nil {
			return "", err
		}
		task := runtime.Spawn(rt, future.Async(func(co *future.Co) (string, error) {
			fmt.Println("the task runs")
			return "its result", nil
		}))
		fmt.Println("the task is spawned")
		return future.Wait(co, task)
	})
	// Output:
	// the task is spawned
	// the task runs
	// its result <nil>
}

// A task that sleeps lets the others run.
func ExampleSleep() {
	run(func(co *future.Co) (string, error) {
		_, err := future.Wait(co, runtime.Sleep(time.Millisecond))
		return "a millisecond later", err
	})
	// Output: a millisecond later <nil>
}

// A future that isn't ready in time is dropped.
func ExampleTimeout() {
	run(func(co *future.Co) (string, error) {
		_, err := future.Wait(co, runtime.Timeout(time.Millisecond, runtime.Sleep(time.Hour)))
		return "too late", err
	})
	// Output: too late context deadline exceeded
}

// A banner is a leaf future: ready when somebody, in any goroutine, has raised it.
type banner struct {
	mu     sync.Mutex
	cx     *future.Context // of the last poll
	raised bool
}

func (f *banner) Poll(cx *future.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.raised {
		return "raised", nil
	}
	f.cx = cx
	return "", future.NotReady
}

func (f *banner) raise() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.raised = true; f.cx != nil {
		f.cx.Waker().Wake()
	}
}

// A leaf of one's own keeps the Context of its last poll, and wakes it when there is something to do. What Poll and
// another goroutine share needs a lock.
func ExampleBlockOn() {
	run(func(co *future.Co) (string, error) {
		f := new(banner)
		go f.raise()
		return future.Wait(co, f)
	})
	// Output: raised <nil>
}

// What isn't ready in time is dropped, and so is what isn't the first.
func ExampleSelect() {
	after := func(d time.Duration, name string) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			defer fmt.Println(name, "has ended")
			_, err := future.Wait(co, runtime.Sleep(d))
			return name, err
		})
	}
	run(func(co *future.Co) (string, error) {
		s, err := future.Wait(co, runtime.Timeout(0, after(time.Hour, "late")))
		fmt.Printf("%q %v\n", s, err)
		first, err := future.Wait(co, runtime.Select(after(time.Hour, "slow"), after(0, "fast")))
		fmt.Println(first.Index, first.Value, first.Err)
		return "done", err
	})
	// Output:
	// late has ended
	// "" context deadline exceeded
	// fast has ended
	// slow has ended
	// 1 fast <nil>
	// done <nil>
}

// One task sends three values, and another receives them up to the end.
func ExampleChan() {
	run(func(co *future.Co) (string, error) {
		c := runtime.NewChan[string](1)
		sends := future.Async(func(co *future.Co) (string, error) {
			defer c.Close()
			for _, s := range []string{"a", "b", "c"} {
				if _, err := future.Wait(co, c.Send(s)); err != nil {
					return "", err
				}
				fmt.Println("sent", s)
			}
			return "", nil
		})
		receives := future.Async(func(co *future.Co) (string, error) {
			for all := ""; ; {
				s, err := future.Wait(co, c.Recv())
				if err == runtime.ErrClosed {
					return all, nil
				}
				all += s
			}
		})
		all, err := future.Wait(co, future.JoinAll(sends, receives))
		return strings.Join(all, ""), err
	})
	// Output:
	// sent a
	// sent b
	// sent c
	// abc <nil>
}

// A function that blocks, or computes for long, gets a goroutine. The task waits for it as for
// any other future.
func ExampleBlocking() {
	run(func(co *future.Co) (string, error) {
		sum, err := future.Wait(co, runtime.Blocking(func(ctx context.Context) (int, error) {
			sum := 0
			for i := 0; i < 1000 && ctx.Err() == nil; i++ {
				sum += i
			}
			return sum, nil
		}))
		fmt.Println(sum, err)
		_, err = future.Wait(co, runtime.Blocking(func(context.Context) (int, error) { panic("boom") }))
		return "and a panic is an error:", err
	})
	// Output:
	// 499500 <nil>
	// and a panic is an error: panic: boom
}

// A coroutine finds its runtime, and hands the values of its context on.
func ExampleCurrent() {
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Shutdown(context.Background())
	type user struct{}
	ctx := context.WithValue(context.Background(), user{}, "Carl")
	runtime.BlockOn(ctx, rt, future.Async(func(co *future.Co) (int, error) {
		rt, _ := future.Wait(co, runtime.Current())
		ctx, _ := future.Wait(co, runtime.CurrentContext())
		h := runtime.SpawnWith(ctx, rt, future.Async(func(co *future.Co) (any, error) {
			ctx, err := future.Wait(co, runtime.CurrentContext())
			return ctx.Value(user{}), err
		}))
		name, err := future.Wait(co, h)
		fmt.Println("spawned for", name)
		return 0, err
	}))
	// Output: spawned for Carl
}
