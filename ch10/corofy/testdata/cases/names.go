//go:build stackful

package cases

import err "ch10/future"

func named2(w *World) err.Future[string] {
	return err.Async(func(co *err.Co) (string, error) {
		return pair(w, "b")
	})
}

func init() {
	add("another name of future", named2)
	add("another name of future, returned", func(w *World) err.Future[string] {
		return err.Async(func(co *err.Co) (string, error) { return err.Wait(co, w.Text("a")) })
	})
	add("a variable of the interface", func(w *World) err.Future[string] {
		f := err.Async(func(co *err.Co) (string, error) { return "a", nil })
		if err.Drop(f); len(w.log.String()) == 0 {
			f = w.Text("b")
		}
		return f
	})
}
