package future

import "context"

// A Context is the argument of Poll. Its waker is the one to wake when another poll is worth
// it. Each task has one Context, and a future that needs to know which of its children has
// been woken has one for each child. A Context never changes and never moves, so a future that
// waits keeps a pointer to it.
//
// It takes the place of std::task::Context in the book. It isn't a context.Context, but its method
// [Context.Context] returns one.
type Context struct {
	waker  Waker
	parent *Context // that of the future around this one; nil: waker is that of the task
}

// NewContext returns a Context for a task whose waker is w. A runtime calls it, or code that polls
// futures itself.
func NewContext(w Waker) Context { return Context{waker: w} }

// WithWaker returns a Context for a child of the future that is polled with cx. It belongs to the
// same task, and its waker is w, which has to wake the waker of cx, too.
func (cx *Context) WithWaker(w Waker) Context { return Context{waker: w, parent: cx} }

// Waker returns the waker of the future that is polled. The caller may keep it, and any goroutine may call its Wake.
func (cx *Context) Waker() Waker { return cx.waker }

// Task returns the waker of the task, by which a runtime recognizes its own tasks. Call it only during a
// Poll or a Drop.
func (cx *Context) Task() Waker {
	for cx.parent != nil {
		cx = cx.parent
	}
	return cx.waker
}

// Context returns a context.Context that ends when the task does, or context.Background() outside of a runtime. Call
// it only during a Poll or a Drop. Any goroutine may use the result. It is made at the first call, because it costs more
// than a poll.
func (cx *Context) Context() context.Context {
	if t, ok := cx.Task().(interface{ Context() context.Context }); ok {
		return t.Context()
	}
	return context.Background()
}
