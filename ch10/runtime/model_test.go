package runtime_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ch10/future"
	"ch10/runtime"
)

// The little program that the models of concurrency are compared by: its tasks take
// 200, 100 and 50 ms, the last one chained to the second.
func Example_sameProgram() {
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rt.Shutdown(context.Background())
	var c clock
	fmt.Println("So, we start the program here!")

	long := runtime.Spawn(rt, future.Async(func(co *future.Co) (struct{}, error) {
		future.Wait(co, c.sleep(200*time.Millisecond))
		fmt.Println("The long running tasks finish last!")
		return struct{}{}, nil
	}))
	short := runtime.Spawn(rt, future.Async(func(co *future.Co) (struct{}, error) {
		future.Wait(co, c.sleep(100*time.Millisecond))
		fmt.Println("We can chain callbacks...")
		future.Wait(co, c.sleep(50*time.Millisecond))
		fmt.Println("...like this!")
		return struct{}{}, nil
	}))
	fmt.Println("The tasks run concurrently!")

	_, err = runtime.BlockOn(context.Background(), rt, future.JoinAll(long, short))
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// So, we start the program here!
	// The tasks run concurrently!
	// We can chain callbacks...
	// ...like this!
	// The long running tasks finish last!
}

// A clock has tasks go on in the order of their deadlines, also where the machine is slower than
// these are apart: who wakes too early then waits for the others.
type clock struct {
	now time.Duration   // when the sleep that ended last was due
	due []time.Duration // of the sleeps that haven't ended
}

func (c *clock) sleep(d time.Duration) future.Future[struct{}] {
	return future.Async(func(co *future.Co) (struct{}, error) {
		due := c.now + d
		c.due = append(c.due, due)
		future.Wait(co, runtime.Sleep(d))
		for slices.Min(c.due) < due {
			future.Wait(co, runtime.Yield())
		}
		c.now = due
		c.due = slices.DeleteFunc(c.due, func(other time.Duration) bool { return other == due })
		return struct{}{}, nil
	})
}
