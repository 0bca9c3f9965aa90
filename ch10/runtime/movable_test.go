package runtime_test

import (
	"testing"
	"time"

	"ch10/runtime"
)

// TestMovable: making a future in a place of one's own allocates nothing, and Drop of a zero one does nothing.
func TestMovable(t *testing.T) {
	c := runtime.NewChan[int](1)
	var s runtime.Sending[int]
	var r runtime.Receiving[int]
	var y runtime.Yielding
	var z runtime.Sleeping
	s.Drop()
	r.Drop()
	z.Drop()
	if n := testing.AllocsPerRun(100, func() {
		s, r, y, z = *c.Send(1), *c.Recv(), *runtime.Yield(), *runtime.Sleep(time.Second)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	s.Drop()
	r.Drop()
	z.Drop()
	_ = &y
}
