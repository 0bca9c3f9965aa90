//go:build stackful

package cases

import (
	"fmt"

	"ch10/future"
)

func init() {
	add("range over a function", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (s string, err error) {
			defer func() { w.Log("deferred", s, recover()) }()
			seq := func(yield func(int, string) bool) {
				defer func() { w.Log("seq ends") }()
				for i, s := range []string{"a", "b", "c", "d"} {
					if !yield(i, s) {
						w.Log("stopped")
						return
					}
				}
			}
		outer:
			for i, a := range seq {
				for range func(yield func() bool) { _ = yield() && yield() } {
					v, err := future.Wait(co, w.Text(a))
					if err != nil {
						return s, err
					}
					if s += v; i == 1 {
						continue outer
					} else if i == 2 {
						break outer
					}
				}
			}
			for k := range func(yield func(int) bool) { yield(len(s)); panic("of the function") } {
				if v, _ := future.Wait(co, w.Int(k)); v > 100 {
					return "too long", nil
				}
			}
			return s, nil
		})
	})
	add("range over a function, dropped in a coroutine inside", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			defer w.Log("deferred first")
			for i := range func(yield func(int) bool) {
				defer w.Log("seq ends")
				for i := range 2 {
					yield(i)
				}
			} {
				defer w.Log("deferred in the loop", i)
				must(future.Wait(co, future.Async(func(co *future.Co) (int, error) {
					defer w.Log("inner ends")
					return future.Wait(co, w.Int(i))
				})))
			}
			return 1, nil
		})
	})
	add("range over a function of named types", func(w *World) future.Future[string] {
		type yielder func(int, string) bool
		type seq func(yielder)
		return future.Async(func(co *future.Co) (s string, err error) {
			for i, a := range seq(func(y yielder) { _ = y(1, "a") && y(2, "b") }) {
				s += fmt.Sprint(must(future.Wait(co, w.Int(i))), a)
			}
			return s, nil
		})
	})
	add("constants and types of the function around", func(w *World) future.Future[string] {
		const limit = 2
		type item struct{ n int }
		items := []item{{1}, {limit}}
		return future.Async(func(co *future.Co) (string, error) {
			const more = limit + 1
			v, err := future.Wait(co, Leaf(w, item{more}, nil))
			return fmt.Sprint(append(items, v, item{more}), limit), err
		})
	})
	add("coroutines in a coroutine", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			sum, step := 0, 10
			for i := range 3 {
				v, err := future.Wait(co, future.Async(func(co *future.Co) (int, error) {
					v, err := future.Wait(co, w.Int(i))
					sum += v
					return v * step, err
				}))
				if sum += v; err != nil {
					return sum, err
				}
			}
			return sum, nil
		})
	})
	add("recover with nothing to recover from", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			recover()
			defer recover()
			v, err := future.Wait(co, w.Text("a"))
			return fmt.Sprint(recover(), v), err
		})
	})
	add("a declaration of several lines with waits", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			var (
				a, err = future.Wait(co, w.Int(1))
				f      = func() int { a++; return a }
				b      = must(future.Wait(co, w.Int(f())))
				c      int64
			)
			return a + b + f() + int(c), err
		})
	})
}
