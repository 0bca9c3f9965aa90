//go:build stackful

package cases

import (
	"fmt"

	"ch07/future"
)

// Some names are in use elsewhere in this package.
type fmt2 struct{ Stringer fmt.Stringer }

type self = *named

type named struct{ f func(int) int }

func (n self) call(w *World) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		v, err := future.Wait(co, w.Int(n.f(1)))
		return n.f(v), err
	})
} // after it

func pointers[P *int](w *World, p P) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) { return future.Wait(co, w.Int(*p)) })
}

func stringers[S ~[]E, E interface {
	~int
	String() string
}](w *World, all S) future.Future[string] {
	return future.Async(func(co *future.Co) (string, error) {
		var s string
		for _, e := range all {
			s += e.String()
		}
		return future.Wait(co, w.Text(s))
	})
}

// A constraint without a method, another one with all that there is.
func second[T interface{ []int | [2]int }, U interface {
	fmt.Stringer
	~int | ~int8
	comparable
}](w *World, x T, u U) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		v, err := future.Wait(co, w.Int(x[0]))
		w.Log(u.String(), v)
		return x[1], err
	})
}

type hex int

func (h hex) String() string { return fmt.Sprintf("%x.", int(h)) }

// A ready future is no pointer.
type ready struct{ v any }

func (r ready) Poll() (any, error) { return r.v, nil }

func init() {
	add("method of an alias", func(w *World) future.Future[int] { return (&named{func(n int) int { return n + 1 }}).call(w) })
	add("constraint like an array", func(w *World) future.Future[int] { return pointers(w, new(3)) })
	add("constraint with a method", func(w *World) future.Future[string] { return stringers(w, []hex{10, 255}) })
	add("constraint without a method", func(w *World) future.Future[int] { return second(w, [2]int{1, 2}, hex(3)) })
	add("type switch on a captured variable", func(w *World) future.Future[string] {
		var x any = 3
		return future.Async(func(co *future.Co) (string, error) {
			switch x := x.(type) {
			case int:
				w.Log(x + 1)
			}
			fmt, err := future.Wait(co, w.Text(fmt.Sprint(x)))
			return fmt, err
		})
	})
	add("captured functions and channels", func(w *World) future.Future[int] {
		Poll, ch := func() int { return 4 }, make(chan (<-chan func(a, b int) (c int, err error)), 1)
		return future.Async(func(co *future.Co) (int, error) {
			w.Log(Poll(), len(ch), cap(ch))
			return Poll(), nil
		})
	})
	add("a struct without a name", func(w *World) future.Future[int] {
		s := struct {
			A int `json:"x,omitempty"`
			fmt.Stringer
		}{A: 1, Stringer: hex(3)}
		return future.Async(func(co *future.Co) (int, error) {
			a, err := future.Wait(co, w.Int(s.A))
			w.Log(s.String(), fmt2{Stringer: s.Stringer}.Stringer)
			return a, err
		})
	})
	add("a future that is a value", func(w *World) future.Future[any] {
		return future.Async(func(co *future.Co) (any, error) {
			r := ready{1}
			set := func() ready { old := r; r.v = 2; return old }
			v, err := future.Wait(co, future.Future[any](set()))
			w.Log(v)
			return v, err
		})
	})
	add("names from inside", func(w *World) future.Future[string] {
		s := "outer"
		return future.Async(func(co *future.Co) (string, error) {
			s, err := future.Wait(co, w.Text(s+"!"))
			for s := range 2 {
				w.Log(s)
			}
			return s, err
		})
	})
	add("nothing comes back from it", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			future.Wait(co, w.Int(1))
			func() {
				defer func() { panic(fmt.Sprint("again ", recover())) }()
				panic("once")
			}()
			return future.Wait(co, w.Int(2))
		})
	})
	add("several rounds of polls in a body", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			inner := w.Int(5)
			for {
				if v, err := inner.Poll(); err != future.NotReady {
					return v, err
				}
				w.Log("again")
			}
		})
	})
	add("through a pointer", func(w *World) future.Future[string] {
		hold := struct{ f *future.Future[string] }{new(w.Text("a"))}
		return future.Async(func(co *future.Co) (string, error) {
			return future.Wait(co, *hold.f)
		})
	})
}
