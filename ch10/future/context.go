package future

import "context"

// A Context is what a future is polled with: it says whom to wake. There is one for each
// task, in the task, and one for each child of a future that wants to know which of its
// children has been woken. It stays what it is and where it is. So a future that waits keeps
// the pointer, and two Contexts are the same if their pointers are.
//
// It is the book's std::task::Context. It has nothing to do with package context, but it can
// make one of those: [Context.Context].
type Context struct {
	waker  Waker
	parent *Context // of the future around this one; nil: waker is the task's
}

// NewContext returns a Context for a task, which is w. It is for runtimes, and for those who poll by
// hand.
func NewContext(w Waker) Context { return Context{waker: w} }

// WithWaker returns a Context for a child of the future that is polled with cx. It belongs to the
// same task, and has another waker, which has to see to it that cx's is woken, too.
func (cx *Context) WithWaker(w Waker) Context { return Context{waker: w, parent: cx} }

// Waker returns what wakes the future that is polled. It may be kept, and used by any goroutine.
func (cx *Context) Waker() Waker { return cx.waker }

// Task returns the waker of the task, by which a runtime knows its own. Like the method Context, it is to be
// called only during a Poll or a Drop.
func (cx *Context) Task() Waker {
	for cx.parent != nil {
		cx = cx.parent
	}
	return cx.waker
}

// Context returns a context.Context that ends when the task does. To be called during a Poll or a Drop; what it
// returns may be used by any goroutine. It is made at the first call, since it costs more than a poll. Without a runtime it
// is context.Background().
func (cx *Context) Context() context.Context {
	if t, ok := cx.Task().(interface{ Context() context.Context }); ok {
		return t.Context()
	}
	return context.Background()
}
