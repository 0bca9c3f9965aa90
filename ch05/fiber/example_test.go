//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber_test

import (
	"fmt"
	"slices"
	"time"

	"ch05/fiber"
)

func Example() {
	rt, err := fiber.New(fiber.Options{})
	if err != nil {
		panic(err)
	}
	defer rt.Close()
	for _, name := range []string{"one", "two"} {
		fiber.Spawn(func() {
			for i := range 3 {
				fmt.Println(name, i)
				fiber.Yield()
			}
			panic(name + " has enough")
		})
	}
	fmt.Println(rt.Run())
	// Output:
	// one 0
	// two 0
	// one 1
	// two 1
	// one 2
	// two 2
	// fiber 1: panic: one has enough
	// fiber 2: panic: two has enough
}

// This little program compares the models of concurrency. Its tasks take 200, 100 and
// 50 ms, and the last one is chained to the second.
func Example_sameProgram() {
	rt, err := fiber.New(fiber.Options{})
	if err != nil {
		panic(err)
	}
	defer rt.Close()
	var c clock
	fmt.Println("So, we start the program here!")

	fiber.Spawn(func() {
		c.sleep(200 * time.Millisecond)
		fmt.Println("The long running tasks finish last!")
	})
	fiber.Spawn(func() {
		c.sleep(100 * time.Millisecond)
		fmt.Println("We can chain callbacks...")
		c.sleep(50 * time.Millisecond)
		fmt.Println("...like this!")
	})
	fmt.Println("The tasks run concurrently!")

	err = rt.Run()
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

// A clock resumes fibers in the order of their deadlines, also on a machine so slow that the next
// deadline has passed. A fiber that wakes too early waits for the others.
type clock struct {
	now time.Duration   // deadline of the sleep that ended last
	due []time.Duration // deadlines of the sleeps that haven't ended
}

func (c *clock) sleep(d time.Duration) {
	due := c.now + d
	c.due = append(c.due, due)
	fiber.Sleep(d)
	for slices.Min(c.due) < due {
		fiber.Yield()
	}
	c.now = due
	c.due = slices.DeleteFunc(c.due, func(other time.Duration) bool { return other == due })
}
