package runtime_test

import (
	"bytes"
	"runtime/trace"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// A tracee gives its name to a user task.
type tracee struct{ future.Future[struct{}] }

// TestTrace: tasks and waits are in the trace, and all works as without.
func TestTrace(t *testing.T) {
	for name, test := range map[string]struct {
		f       future.Future[struct{}]
		records []string
	}{
		"one poll": {ready(1, nil), []string{"runtime_test.tracee", "poll"}},
		"sleep":    {runtime.Sleep(time.Millisecond), []string{"runtime_test.tracee", "poll", "park"}},
		"panic":    {panicAt(2, "boom"), []string{"runtime_test.tracee", "poll"}},
	} {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			var b bytes.Buffer
			if err := trace.Start(&b); err != nil {
				t.Skip(err)
			}
			rt := newRuntime(t)
			h := runtime.Spawn[struct{}](rt, tracee{test.f})
			runtime.BlockOn(t.Context(), rt, h)
			trace.Stop()
			for _, s := range test.records {
				if !bytes.Contains(b.Bytes(), []byte(s)) {
					t.Errorf("%d bytes, and no %q", b.Len(), s)
				}
			}
			settle(t, rt) // without a trace again
			if trace.Start(&b) == nil {
				settle(t, rt)
				trace.Stop()
			}
		})
	}
}
