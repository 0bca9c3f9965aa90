//go:build stackful

package cases

import (
	"fmt"

	"ch07/future"
)

// A badDrop panics when it is dropped, and if it is polled often enough.
type badDrop struct{ polls *int }

func (b badDrop) Poll() (int, error) {
	if *b.polls++; *b.polls > 2 {
		panic("bad poll")
	}
	return 0, future.NotReady
}

func (b badDrop) Drop() { panic("bad drop") }

type spot struct{ x, y int }

func spotOf(x int) (spot, error) { return spot{x, x}, nil }

func init() {
	add("box in a declaration of several lines", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			var (
				a = 1
				f = func() int { a++; return a }
			)
			v, err := future.Wait(co, w.Int(2))
			a += 10
			return f() + a + v, err
		})
	})
	add("polled from within, with a deferred call", func(w *World) future.Future[int] {
		var f future.Future[int]
		f = future.Async(func(co *future.Co) (int, error) {
			defer w.Log("deferred")
			v, _ := future.Wait(co, w.Int(1))
			func() {
				defer func() { w.Log("within:", recover()) }()
				f.Poll()
			}()
			u, err := future.Wait(co, w.Int(2))
			return v + u, err
		})
		return f
	})
	add("a child's drop panics", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (n int, err error) {
			defer w.Log("deferred")
			defer func() { fmt.Fprintln(&w.drops, recover()) }() // apart: it depends on there being a drop
			return future.Wait(co, badDrop{new(int)})
		})
	})
	add("types that depend on each other", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			type inner struct{ x int }
			type outer struct{ in inner }
			type list = []outer
			u := outer{inner{1}}
			var a list = list{u}
			v, err := future.Wait(co, w.Int(2))
			w.Log(fmt.Sprintf("%T %T", u, a))
			return v + u.in.x + a[0].in.x, err
		})
	})
	add("a deferred function with a result", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			defer func() error { w.Log("deferred", recover()); return nil }()
			return future.Wait(co, w.Int(2))
		})
	})
	add("a variable named like a type", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			spot := 3
			b, err := spotOf(spot)
			f := func() int { b.x++; return b.x + spot }
			v, err := future.Wait(co, w.Int(f()))
			b.y = v
			return b.x + b.y + f(), err
		})
	})
	add("a type that is hidden where a deferred call needs it", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			x := must(future.Wait(co, w.Int(2)))
			defer func(v any) { w.Log(v) }(1 << x)
			return x, nil
		})
	})
}
