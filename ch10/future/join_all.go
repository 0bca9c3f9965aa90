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
// JoinAll polls each of fs with a waker of its own. So the first poll polls all of them, and a later
// poll only those that have been woken. A nil future panics.
func JoinAll[T any](fs ...Future[T]) Future[[]T] {
	j := &joinAll[T]{children: make([]child[T], len(fs)), left: len(fs), values: make([]T, len(fs)), errs: make([]error, len(fs))}
	for i, f := range fs {
		if f == nil {
			panic(fmt.Sprintf("future: JoinAll: future %d is nil", i))
		}
		c := &j.children[i]
		c.f, c.j, c.index, c.cx = f, j, i, j.cx.WithWaker(c)
		c.next = j.woken.Load() // all count as woken at first
		c.woken.Store(true)
		j.woken.Store(c)
	}
	return j
}

type joinAll[T any] struct {
	cx       Context // the children's parent
	children []child[T]
	left     int // number of children that aren't done; -1 once the result is returned, and during a poll
	values   []T
	errs     []error

	parent atomic.Pointer[Context]  // of the last poll
	woken  atomic.Pointer[child[T]] // a list of those that have been woken since, the last one first
	greedy *child[T]                // the one that the last poll began with, if it was woken during that poll
}

// A child is one of the futures of JoinAll, and its waker.
type child[T any] struct {
	f     Future[T] // nil when it is done
	cx    Context
	j     *joinAll[T]
	index int         // in j.children
	woken atomic.Bool // and so in j.woken
	next  *child[T]   // the one that was woken before
}

// Wake may be called from any goroutine.
func (c *child[T]) Wake() {
	if c.woken.Swap(true) {
		return
	}
	for {
		c.next = c.j.woken.Load()
		if c.j.woken.CompareAndSwap(c.next, c) {
			break
		}
	}
	c.j.parent.Load().Waker().Wake()
}

// Parent returns the Context that c's parent was last polled with. Any goroutine may call it, and not [Context.Task],
// because a parent may move to another Context.
func (c *child[T]) Parent() *Context { return c.j.parent.Load() }

// takeWoken empties the list of those that have been woken, and turns it round. Read a child's next before
// you clear its woken, because from then on a wake may change next.
func (j *joinAll[T]) takeWoken() (first, last *child[T]) {
	if j.woken.Load() == nil {
		return nil, nil
	}
	last = j.woken.Swap(nil)
	for c := last; c != nil; {
		c.next, first, c = first, c, c.next
	}
	return first, last
}

func (j *joinAll[T]) Poll(cx *Context) ([]T, error) {
	if j.left < 0 {
		panic(PolledAfterCompletion)
	}
	if j.parent.Load() != cx {
		j.parent.Swap(cx)
		j.cx.parent = cx
	}
	first, last := j.takeWoken()
	if first == j.greedy && first != last { // it could use up the budget of each poll, so let it be the last
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

// Drop drops the children that aren't done, and discards the values of the others.
func (j *joinAll[T]) Drop() {
	values, over := j.values, false
	j.left, j.values = -1, nil
	defer func() {
		if !over { // a Drop has panicked, and the others have to be dropped
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
