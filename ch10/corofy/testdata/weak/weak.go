//go:build stackful

// Package weak has coroutines that hold something big for a while.
package weak

import (
	"weak"

	"ch10/future"
)

// A Big is what coroutines must let go of.
type Big [1 << 16]byte

// Seen points at the one of the case that runs.
var Seen weak.Pointer[Big]

func see(b *Big) *Big { Seen = weak.Make(b); return b }

// made returns a Big. It has a function of its own so that none is left on the stack.
//
//go:noinline
func made() *Big { return see(new(Big)) }

// tick returns a future that is ready at its second poll.
func tick() future.Future[int] { return new(ticks) }

type ticks int

func (n *ticks) Poll(cx *future.Context) (int, error) {
	if *n++; *n == 1 {
		cx.Waker().Wake()
		return 0, future.NotReady
	}
	return 1, nil
}

func number(n int, _ error) int { return n }

// A Case says what there is to be seen after each poll.
type Case struct {
	Name, Want string
	Make       func() future.Future[int]
}

var Cases = []Case{
	{"local variable", "alive gone gone", func() future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			x := made()
			future.Wait(co, tick())
			x[0]++
			return future.Wait(co, tick())
		})
	}},
	{"variable set again", "gone gone gone", func() future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			x := made()
			x[0]++
			n, err := future.Wait(co, tick())
			x = new(Big)
			future.Wait(co, tick())
			return n + int(x[0]), err
		})
	}},
	{"value in the frame", "alive gone gone", func() future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			x := struct{ all []*Big }{[]*Big{made()}}
			future.Wait(co, tick())
			n := len(x.all)
			future.Wait(co, tick())
			return n, nil
		})
	}},
	{"boxed variable", "alive gone gone", func() future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			var x Big
			see(&x)
			inc := func() { x[0]++ }
			future.Wait(co, tick())
			inc()
			return future.Wait(co, tick())
		})
	}},
	{"captured parameter", "alive gone gone", func() future.Future[int] { return parameter(made()) }},
	{"captured parameter that is set", "alive gone gone", func() future.Future[int] { return changed(made()) }},
	{"range", "alive gone gone", func() future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			for i, x := range []*Big{made()} {
				future.Wait(co, tick())
				x[i]++
			}
			return future.Wait(co, tick())
		})
	}},
	{"range over a map", "alive gone gone", func() future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			m := map[*Big]int{made(): 1}
			for x := range m {
				delete(m, x)
				future.Wait(co, tick())
				x[0]++
				x = nil
				future.Wait(co, tick())
			}
			return 1, nil
		})
	}},
	{"operand", "alive gone gone", func() future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			n := sum(made(), number(future.Wait(co, tick())))
			return n + number(future.Wait(co, tick())), nil
		})
	}},
	{"type switch", "alive gone gone", func() future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			switch x := any(made()).(type) {
			case *Big:
				future.Wait(co, tick())
				x[0]++
			}
			return future.Wait(co, tick())
		})
	}},
	{"closure", "alive gone gone", func() future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			x := made()
			f := func() int { return int(x[0]) }
			future.Wait(co, tick())
			n := f()
			future.Wait(co, tick())
			return n, nil
		})
	}},
	{"alive to the end", "alive alive gone", func() future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			x := made()
			future.Wait(co, tick())
			future.Wait(co, tick())
			return int(x[1]), nil
		})
	}},
	{"alive to the end, with a defer", "alive alive gone", func() future.Future[int] {
		return future.Async(func(co *future.Co) (n int, err error) {
			x := made()
			defer func() { n += int(x[0]) }()
			future.Wait(co, tick())
			return future.Wait(co, tick())
		})
	}},
	{"result of a wait", "gone alive gone", func() future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			future.Wait(co, tick())
			x, err := future.Wait(co, future.Future[*Big](bigs{}))
			future.Wait(co, tick())
			return int(x[0]), err
		})
	}},
	{"future in the frame", "alive gone gone", func() future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			future.Wait(co, held(made()))
			return future.Wait(co, tick())
		})
	}},
}

type bigs struct{}

// holding is ready at its second poll.
type holding struct {
	_ future.Movable
	ticks
	b *Big
}

func held(b *Big) *holding { return &holding{b: b} }

func (bigs) Poll(*future.Context) (*Big, error) { return made(), nil }

func sum(x *Big, n int) int { return int(x[0]) + n }

func parameter(x *Big) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		future.Wait(co, tick())
		x[0]++
		return future.Wait(co, tick())
	})
}

func changed(x *Big) future.Future[int] {
	y := x
	return future.Async(func(co *future.Co) (int, error) {
		future.Wait(co, tick())
		y[0]++
		y = nil
		return future.Wait(co, tick())
	})
}
