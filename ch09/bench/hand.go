// Package bench measures the cost of a wait in a state machine written by hand, in one
// that corofy wrote, and on a stack.
package bench

import "ch09/future"

// A leaf is ready after pending polls, again and again.
type leaf struct{ pending, left int }

func (l *leaf) again() future.Future[int] {
	l.left = l.pending
	return l
}

func (l *leaf) Poll(future.Waker) (int, error) {
	if l.left > 0 {
		l.left--
		return 0, future.NotReady
	}
	return 1, nil
}

// waitsByHand is the machine that one would write for waits.
type waitsByHand struct {
	state  int
	n, sum int
	l      *leaf
	fut    future.Future[int]
}

func (c *waitsByHand) Poll(w future.Waker) (int, error) {
	for {
		switch c.state {
		case 0:
			if c.n == 0 {
				c.state = 2
				return c.sum, nil
			}
			c.n--
			c.fut = c.l.again()
			c.state = 1
		case 1:
			v, err := c.fut.Poll(w)
			if err == future.NotReady {
				return 0, err
			}
			c.fut, c.state = nil, 0
			if err != nil {
				return c.sum, err
			}
			c.sum += v
		default:
			panic(future.PolledAfterCompletion)
		}
	}
}

// guardedByHand calls unlock at each place where its poll may end.
type guardedByHand struct {
	state  int
	l      *leaf
	unlock func()
	fut    future.Future[int]
}

func (c *guardedByHand) Poll(w future.Waker) (v int, err error) {
	defer func() {
		if err != future.NotReady {
			c.state = 2
			c.unlock()
		}
	}()
	switch c.state {
	case 0:
		c.fut = c.l.again()
		c.state = 1
		fallthrough
	case 1:
		return c.fut.Poll(w)
	default:
		panic(future.PolledAfterCompletion)
	}
}
