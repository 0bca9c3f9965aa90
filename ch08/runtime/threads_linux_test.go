package runtime_test

import (
	"os"
	"testing"
	"time"

	"ch08/kit/leaktest"
)

func threads(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Skip(err)
	}
	return len(names)
}

// TestNoThreadIsLeft: Go keeps some threads that have nothing to do, but the reactors' own
// are gone.
func TestNoThreadIsLeft(t *testing.T) {
	leaktest.Check(t)
	before := threads(t)
	const reactors, spare = 100, 30
	for range reactors {
		finish(t, newExecutor(t), ready(2, nil))
	}
	for deadline := time.Now().Add(30 * time.Second); threads(t) > before+spare; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d threads before, and %d after %d reactors", before, threads(t), reactors)
		}
	}
}
