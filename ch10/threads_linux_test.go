package main

import (
	"os"
	"testing"
	"time"
)

func threads(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Skip(err)
	}
	return len(names)
}

// TestNoThreadIsLeft: Go keeps some threads that have nothing to do, and gives them to the
// next run.
func TestNoThreadIsLeft(t *testing.T) {
	for _, example := range []string{"futures", "foreign"} {
		works(t, example, "-speed", "1000") // so that Go has those it needs
	}
	before := threads(t)
	const runs, spare = 20, 15
	for range runs {
		works(t, "futures", "-speed", "1000")
		works(t, "foreign", "-speed", "1000")
	}
	for deadline := time.Now().Add(30 * time.Second); threads(t) > before+spare; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d threads before, and %d after %d runs", before, threads(t), runs)
		}
	}
}
