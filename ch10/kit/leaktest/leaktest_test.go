package leaktest

import (
	"os"
	"runtime"
	"testing"
)

func TestCountsMove(t *testing.T) {
	Check(t)
	goroutines, descriptors := settled()
	f, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { <-stop; close(stopped) }()
	g, d := runtime.NumGoroutine(), open()
	if g != goroutines+1 {
		t.Errorf("a goroutine more: %d, then %d", goroutines, g)
	}
	if descriptors > 0 && d != descriptors+1 {
		t.Errorf("a descriptor more: %d, then %d", descriptors, d)
	}
	close(stop)
	<-stopped
	f.Close()
}
