package bench

import (
	"fmt"
	"strings"
	"testing"

	"ch10/kit/leaktest"
	"ch10/runtime"
)

// TestAwaitAllocates nothing for each Yield, Send and Recv that a coroutine waits for, unless it has a stack.
func TestAwaitAllocates(t *testing.T) {
	if !strings.Contains(fmt.Sprintf("%T", yields(1)), "yieldsCoroutine") {
		t.Skip("with a stack")
	}
	leaktest.Check(t)
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Shutdown(t.Context())
	for name, f := range map[string]func(n int) task{"yield": yields, "ping-pong": pingPongAwait} {
		allocs := func(n int) float64 {
			return testing.AllocsPerRun(10, func() { runtime.BlockOn(t.Context(), rt, f(n)) })
		}
		if few, many := allocs(10), allocs(1010); many-few > 10 {
			t.Errorf("%s: %v allocations for 1000 more", name, many-few)
		}
	}
}
