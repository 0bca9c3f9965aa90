package thread

import (
	"runtime"
	"testing"
)

func TestEachThreadHasItsOwnID(t *testing.T) {
	if _, ok := ID(); !ok {
		t.Skip("this system doesn't tell")
	}
	ids := make(chan [2]uint64)
	next := make(chan struct{})
	for range 2 {
		go func() {
			runtime.LockOSThread() // until it ends: no two goroutines share the thread
			first, _ := ID()
			next <- struct{}{}
			second, _ := ID()
			ids <- [2]uint64{first, second}
		}()
	}
	<-next
	<-next
	a, b := <-ids, <-ids
	if a[0] != a[1] || b[0] != b[1] || a[0] == b[0] {
		t.Errorf("%d and %d; want one number for each thread", a, b)
	}
}
