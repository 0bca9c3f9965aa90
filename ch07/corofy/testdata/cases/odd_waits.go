//go:build stackful

package cases

import (
	"fmt"

	"ch07/future"
)

var packageVar string

func init() {
	add("waits that set odd things", func(w *World) future.Future[string] {
		p := point{}
		arr := [2]int{}
		return future.Async(func(co *future.Co) (string, error) {
			var x any
			var e error
			e, e = future.Wait(co, Leaf[error](w, fmt.Errorf("e"), nil))
			w.Log(e)
			x, err := future.Wait(co, w.Text("any"))
			packageVar, err = future.Wait(co, w.Text("package"))
			arr[must(future.Wait(co, w.Int(1)))], err = future.Wait(co, w.Int(5))
			p.x, _ = future.Wait(co, w.Int(6))
			set := func() { x, e = packageVar, err }
			(x), e = future.Wait(co, w.Fail("parens"))
			w.Log(x, e)
			set()
			q, f := &arr, (*point).sum
			for q[0], p.y = 1, 2; q[0] < 3; q[0], err = future.Wait(co, w.Int(q[0]+1)) {
				packageVar += "!"
			}
			return fmt.Sprint(x, e, err, packageVar, arr, p, f(&p)), nil
		})
	})
	add("a wait for what a wait makes", func(w *World) future.Future[string] {
		make := func(s string, err error) future.Future[string] { w.Log(s, err); return w.Text(s + "+") }
		return future.Async(func(co *future.Co) (string, error) {
			return future.Wait(co, make(future.Wait(co, make(future.Wait(co, w.Fail("a"))))))
		})
	})
	add("futures of types of the body", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			type leafy struct{ n int }
			type trees []leafy
			a, err := future.Wait(co, Leaf(w, leafy{1}, nil))
			b := must(future.Wait(co, Leaf(w, trees{a}, nil)))
			return fmt.Sprint(a, b), err
		})
	})
	add("future is a variable", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			n := must(future.Wait(co, w.Int(1)))
			{
				future, err := future.Wait(co, w.Int(2))
				w.Log(future, err)
				if future == 2 {
					return future + n, error(nil)
				}
			}
			return 0, nil
		})
	})
	add("unreachable", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			for {
				n, err := future.Wait(co, w.Int(1))
				if err != nil {
					panic(err)
				} else {
					return n, err
				}
			}
		})
	})
}
