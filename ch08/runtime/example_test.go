package runtime_test

import (
	"fmt"
	"io"
	"os"
	"strings"

	"ch08/future"
	"ch08/http"
	"ch08/kit/delay"
	"ch08/runtime"
)

// The main task spawns two more. They take turns, on one thread.
func Example() {
	ex, err := runtime.Init()
	if err != nil {
		fmt.Println(err)
		return
	}
	ex.Log = os.Stdout
	err = ex.BlockOn(future.Async(func(co *future.Co) (struct{}, error) {
		for _, name := range []string{"ping", "pong"} {
			runtime.Spawn(ex, future.Async(func(co *future.Co) (struct{}, error) {
				for i := range 3 {
					fmt.Println(name, i)
					future.Wait(co, &yield{})
				}
				return struct{}{}, nil
			}))
		}
		fmt.Println("two tasks are spawned")
		return struct{}{}, nil
	}))
	fmt.Println(err)
	// Output:
	// two tasks are spawned
	// ping 0
	// pong 0
	// ping 1
	// pong 1
	// ping 2
	// pong 2
	// main: All tasks are finished
	// <nil>
}

// A yield lets the other tasks go first: it wakes its task, which queues behind them.
type yield struct{ yielded bool }

func (y *yield) Poll(w future.Waker) (struct{}, error) {
	if y.yielded {
		return struct{}{}, nil
	}
	y.yielded = true
	w.Wake()
	return struct{}{}, future.NotReady
}

// A leaf future finds the reactor by itself, and the executor's thread sleeps until there is
// something to read.
func ExampleExecutor_BlockOn() {
	server, err := delay.Start("127.0.0.1:0", io.Discard)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	ex, err := runtime.Init()
	if err != nil {
		fmt.Println(err)
		return
	}
	err = ex.BlockOn(future.Async(func(co *future.Co) (struct{}, error) {
		response, err := future.Wait(co, http.Get(server.Addr(), "/50/HelloAsyncAwait"))
		_, body, _ := strings.Cut(response, "\r\n\r\n")
		fmt.Println(body)
		return struct{}{}, err
	}))
	fmt.Println(err)
	// Output:
	// HelloAsyncAwait
	// <nil>
}
