package future

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// JoinAll returns a future that is done when all of fs are. Its value has the values
// of fs in their order. Its error joins the errors of those that failed, each with its
// index. The value is complete for the others even then.
//
// Each of fs is polled with a waker of its own. So the first poll polls all of them, and a later
// poll only those that have been woken. A nil future panics.
func JoinAll[T any](fs ...Future[T]) Future[[]T] {
	j := &joinAll[T]{children: make([]child[T], len(fs)), left: len(fs), values: make([]T, len(fs)), errs: make([]error, len(fs))}
	for i, f := range fs {
		if f == nil {
			panic(fmt.Sprintf("future: JoinAll: future %d is nil", i))
		}
		c := &j.children[i]
		c.f, c.list, c.index, c.cx = f, &j.woken, i, j.cx.WithWaker(c)
		c.next = j.woken.last.Load() // all count as woken at first
		c.woken.Store(true)
		j.woken.last.Store(c)
	}
	return j
}

type joinAll[T any] struct {
	cx       Context // the children's parent
	children []child[T]
	woken    wokenList[T]
	greedy   *child[T] // the last poll began with it, and it was woken meanwhile
	left     int       // of the children; -1 once the result is returned, and during a poll
	values   []T
	errs     []error
}

// A child is one of several futures that are polled by another.
type child[T any] struct {
	f     Future[T] // nil when it is done
	cx    Context
	index int
	list  *wokenList[T]
	woken atomic.Bool // and so in the list
	next  *child[T]   // in the list
}

// Wake may be called from any goroutine.
func (c *child[T]) Wake() {
	if c.woken.Swap(true) {
		return
	}
	for {
		c.next = c.list.last.Load()
		if c.list.last.CompareAndSwap(c.next, c) {
			break
		}
	}
	c.list.parent.Load().Waker().Wake()
}

// Parent returns the Context that c's parent was last polled with. Any goroutine may call it, and not [Context.Task], since
// a parent may move to another Context.
func (c *child[T]) Parent() *Context { return c.list.parent.Load() }

// A wokenList has the children that have been woken since the last poll. Anybody adds, and
// the poll takes all of them.
type wokenList[T any] struct {
	last   atomic.Pointer[child[T]] // its next is the one that was woken before
	parent atomic.Pointer[Context]  // of the last poll
}

// take empties the list, and returns its first and its last. Read a child's next before clearing its
// woken, because a wake may change next from then on.
func (l *wokenList[T]) take() (first, last *child[T]) {
	if l.last.Load() == nil {
		return nil, nil
	}
	last = l.last.Swap(nil)
	for c := last; c != nil; {
		c.next, first, c = first, c, c.next
	}
	return first, last
}

func (j *joinAll[T]) Poll(cx *Context) ([]T, error) {
	if j.left < 0 {
		panic(PolledAfterCompletion)
	}
	if j.woken.parent.Load() != cx {
		j.woken.parent.Swap(cx)
		j.cx.parent = cx
	}
	first, last := j.woken.take()
	if first == j.greedy && first != last { // it may use up what the task may do in a poll, again and again
		last.next, first.next, first = first, nil, first.next
	}
	j.greedy = nil
	left := j.left
	j.left = -1 // and so it stays if a child panics
	for c := first; c != nil; {
		next := c.next
		c.woken.Swap(false) // where Store would do, but for qemu, which lets a load overtake it
		if c.f != nil && j.poll(c) {
			left--
		}
		if c == first && c.woken.Load() {
			j.greedy = c
		}
		c = next
	}
	if left > 0 {
		j.left = left
		return nil, NotReady
	}
	values, errs := j.values, j.errs
	j.values, j.errs = nil, nil
	return values, errors.Join(errs...)
}

// poll reports whether c is done.
func (j *joinAll[T]) poll(c *child[T]) bool {
	v, err := c.f.Poll(&c.cx)
	if err == NotReady {
		return false
	}
	if err != nil {
		err = fmt.Errorf("future %d: %w", c.index, err)
	}
	c.f, j.values[c.index], j.errs[c.index] = nil, v, err
	return true
}

// Drop drops those that are pending, and discards the values of the others.
func (j *joinAll[T]) Drop() {
	values, over := j.values, false
	j.left, j.values = -1, nil
	defer func() {
		if !over { // a Drop has panicked: the others are dropped all the same
			j.Drop()
		}
	}()
	for i := range values {
		if j.children[i].f == nil {
			Discard(values[i])
		}
	}
	for i := range j.children {
		if f := j.children[i].f; f != nil {
			j.children[i].f = nil
			Drop(f)
		}
	}
	over = true
}
