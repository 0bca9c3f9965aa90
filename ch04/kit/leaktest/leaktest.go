// Package leaktest lets a test show that it left nothing behind.
package leaktest

import (
	"os"
	"runtime"
	"testing"
	"time"
)

// Check counts goroutines and open descriptors now and again when the test has
// ended, and fails the test if there are more then. Other tests must not run
// in parallel with it. Systems without a directory of a process's descriptors
// count goroutines alone.
func Check(t testing.TB) {
	t.Helper()
	goroutines, descriptors := settled()
	t.Cleanup(func() {
		// A goroutine that has been told to end needs a moment to do so.
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
			g, d := runtime.NumGoroutine(), open()
			if g <= goroutines && d <= descriptors {
				return
			}
			if time.Now().After(deadline) {
				stacks := make([]byte, 1<<20)
				t.Errorf("%d goroutines and %d descriptors before, %d and %d after\n%s",
					goroutines, descriptors, g, d, stacks[:runtime.Stack(stacks, true)])
				return
			}
		}
	})
}

// settled returns the counts once they are the same three times in a row, because
// the test before may still be ending.
func settled() (goroutines, descriptors int) {
	for same := 0; same < 3; time.Sleep(time.Millisecond) {
		g, d := runtime.NumGoroutine(), open()
		if same++; g != goroutines || d != descriptors {
			goroutines, descriptors, same = g, d, 0
		}
	}
	return goroutines, descriptors
}

func open() int {
	dir := map[string]string{"linux": "/proc/self/fd", "darwin": "/dev/fd"}[runtime.GOOS]
	f, err := os.Open(dir)
	if err != nil {
		return 0
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	return len(names)
}
