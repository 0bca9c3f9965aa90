package runtime

import (
	"context"
	"runtime/trace"
)

// While a trace is recorded (package runtime/trace), each task is a user task there with the type of its
// future as its name, each poll is a region of it, and so is each wait of the worker.

func tracing() bool { return trace.IsEnabled() }

func (t *task) pollTraced() bool {
	c := t.context()
	if c.traced == nil {
		var task *trace.Task
		c.traced, task = trace.NewTask(context.Background(), t.r.name())
		c.end = append(c.end, task.End)
	}
	defer trace.StartRegion(c.traced, "poll").End()
	return t.r.poll()
}

func traced(region string) (end func()) {
	return trace.StartRegion(context.Background(), region).End
}
