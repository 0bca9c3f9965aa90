package future_test

import (
	"fmt"

	"ch06/future"
)

func Example() {
	var f future.Future[string] = &countdown{"lift-off", 3}
	for {
		s, err := f.Poll()
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
	all := future.JoinAll[string](&countdown{"slow", 3}, &countdown{"fast", 1})
	for polls := 1; ; polls++ {
		values, err := all.Poll()
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
	all := future.JoinAll[string](&countdown{"slow", 3}, &countdown{"fast", 1})
	all.Poll()
	future.Drop(all)
	future.Drop(all)
	// Output: slow is dropped
}
