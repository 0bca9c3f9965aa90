//go:build stackful

package cases

import (
	"errors"
	"fmt"

	"ch10/future"
)

type failure struct{ text string }

func (f *failure) Error() string { return "failure " + f.text }

func pair(w *World, s string) (string, error)          { w.Log("pair", s); return s, errors.New(s) }
func typed(w *World) (n int, f *failure)               { w.Log("typed"); return 7, nil }
func logged[T any](w *World, v T) T                    { w.Log("value", v); return v }
func then(w *World, a, b string) future.Future[string] { return w.Text(a + b) }

func init() {
	add("no wait", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) { w.Log("body"); return 1, nil })
	})
	add("no parameter name", func(w *World) future.Future[int] {
		return future.Async(func(*future.Co) (int, error) { return 1, errors.New("e") })
	})
	add("one wait", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			w.Log("before")
			v, err := future.Wait(co, w.Text("a"))
			w.Log("after", v, err)
			return v + "!", err
		})
	})
	add("returned wait", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) { return future.Wait(co, w.Fail("a")) })
	})
	add("returned wait converts", func(w *World) future.Future[any] {
		return future.Async(func(co *future.Co) (any, error) { return future.Wait(co, w.Int(5)) })
	})
	add("bare waits", func(w *World) future.Future[struct{}] {
		return future.Async(func(co *future.Co) (struct{}, error) {
			future.Wait(co, w.Text("a"))
			w.Log("between")
			future.Wait(co, w.Fail("b"))
			w.Log("end")
			_, _ = future.Wait(co, w.Text("c"))
			return struct{}{}, nil
		})
	})
	add("blank results", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			_, err := future.Wait(co, w.Fail("a"))
			w.Log(err)
			v, _ := future.Wait(co, w.Fail("b"))
			w.Log(v)
			_, err = future.Wait(co, w.Text("c"))
			w.Log(err)
			return "", nil
		})
	})
	add("set again", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			var txt string
			var err error
			txt, err = future.Wait(co, w.Text("a"))
			w.Log(txt, err)
			txt, err = future.Wait(co, w.Fail("b"))
			w.Log(txt, err)
			txt, err = future.Wait(co, w.Text("c"))
			if err != nil {
				txt = "?"
			}
			return txt, err
		})
	})
	add("declared, read, set by a wait", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			txt, n := "before", 3
			w.Log(txt, n)
			txt, err := future.Wait(co, w.Text("a"))
			w.Log(txt, err)
			n, err = future.Wait(co, w.Int(4))
			w.Log(n)
			return "", err
		})
	})
	add("never read", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			a, err := future.Wait(co, w.Text("a"))
			a, err = future.Wait(co, w.Fail("b"))
			w.Log(a)
			a, err = future.Wait(co, w.Fail("c"))
			a = "x"
			a, err = future.Wait(co, w.Fail("d"))
			return 3, err
		})
	})
	add("assigned by := beside another", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			a, err := future.Wait(co, w.Text("a"))
			b, err := pair(w, a)
			w.Log(b, err)
			c, err := future.Wait(co, w.Text("c"))
			d, err := pair(w, c)
			w.Log(d)
			return 3, err
		})
	})
	add("call with two results", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			v, err := future.Wait(co, w.Text("a"))
			if v == "b" {
				return pair(w, "never")
			}
			w.Log(v, err)
			return /* why */ pair(w, v) // because
		})
	})
	add("two results, converted", func(w *World) future.Future[any] {
		return future.Async(func(co *future.Co) (any, error) { return typed(w) })
	})
	add("typed nil", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			var f *failure
			w.Log(f == nil)
			return 1, f
		})
	})
	add("nil in brackets", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) { return (1), (nil) })
	})
	add("NotReady", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			_, err := future.Wait(co, w.Int(1))
			w.Log(err)
			return 1, future.NotReady
		})
	})
	add("NotReady of a call", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			future.Wait(co, w.Int(1))
			f := func() (int, error) { return 1, future.NotReady }
			return f()
		})
	})
	add("panicking body", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			future.Wait(co, w.Int(1))
			panic("body")
		})
	})
	add("panicking operand", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			future.Wait(co, w.Int(1))
			var p *World
			return future.Wait(co, p.Int(2))
		})
	})
	add("panicking child", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			future.Wait(co, w.Int(1))
			return future.Wait(co, w.Panic("p"))
		})
	})
	add("panicking grandchild", func(w *World) future.Future[string] {
		child := future.Async(func(co *future.Co) (string, error) { return future.Wait(co, w.Panic("p")) })
		return future.Async(func(co *future.Co) (string, error) {
			v, err := future.Wait(co, child)
			w.Log("not here")
			return v, err
		})
	})
	add("nil future", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			_, err := future.Wait[int](co, nil)
			return 1, err
		})
	})
	add("order in the operand", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			x := "x"
			set := func() string { x = "y"; return logged(w, "set") }
			v, err := future.Wait(co, then(w, x+logged(w, "1"), set()+logged(w, "2")+x))
			return logged(w, v), err
		})
	})
	add("order in a return", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			x, e := "x", errors.New("old")
			set := func() error { x, e = "y", errors.New("new"); return e }
			if logged(w, x) == "y" {
				return logged(w, x), e
			}
			return x, set()
		})
	})
	add("order in a return, late reads", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			s := struct{ err error }{errors.New("old")}
			set := func() string { s.err = errors.New("new"); return "set" }
			return set(), s.err
		})
	})
	add("return after a wait that returns", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			w.Log("first")
			if len(w.log.String()) > 1000 {
				return "", fmt.Errorf("long")
			}
			return future.Wait(co, w.Text("a"))
		})
	})
}
