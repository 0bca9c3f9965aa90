//go:build stackful

package cases

import (
	"errors"
	"fmt"

	"ch07/future"
)

func rescue(w *World, s string)           { w.Log("rescue", s, recover()) }
func rescueInto(err *error, all ...any)   { *err = fmt.Errorf("%v %v", recover(), all) }
func (s *stack) rescue(n int)             { s.w.Log("rescue", n, s.all, recover()) }
func (s stack) rescueValue()              { s.w.Log("rescue", s.all, recover()) }
func twoValues(w *World) (*World, string) { w.Log("two values"); return w, "two" }

type rescuer interface{ rescue(n int) }

func init() {
	add("defer changes named results", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (s string, err error) {
			defer func() { s, err = s+"!", errors.Join(err, errors.New("joined")) }()
			s, err = future.Wait(co, w.Fail("a"))
			defer func() { s += "?" }()
			if s == "b" {
				return
			}
			return s + s, nil
		})
	})
	add("named results and bare returns", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (n int, err error) {
			for n = range 5 {
				if m, err := future.Wait(co, w.Int(n)); m == 3 {
					w.Log(err)
					break
				}
			}
			n++
			{
				n, err := future.Wait(co, w.Fail("x"))
				w.Log(n, err)
			}
			if n > 10 {
				return 1, nil
			}
			n, err = n*2, errors.New("named")
			future.Wait(co, w.Int(0))
			return
		})
	})
	add("named results that a closure has", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (n int, _ error) {
			add := func(m int) { n += m }
			add(must(future.Wait(co, w.Int(3))))
			future.Wait(co, w.Int(1))
			add(n)
			if n > 100 {
				return n, nil
			}
			p := &n
			*p += 100
			return *p + n, errors.New("e")
		})
	})
	add("a result with a name that panics keep", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (s string, err error) {
			defer func() { w.Log(recover(), s, err) }()
			s, err = "kept", errors.New("too")
			future.Wait(co, w.Text("a"))
			panic(must(future.Wait(co, w.Text("b"))))
		})
	})
	add("a result keeps what it was when the wait for it panics", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (s string, err error) {
			defer func() { recover() }()
			s, err = "kept", errors.New("too")
			s, err = future.Wait(co, w.Panic("a"))
			s += "!"
			return
		})
	})
	add("a result without a name, after a panic", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			defer rescue(w, "outer")
			future.Wait(co, w.Text("a"))
			return must(future.Wait(co, w.Fail("b"))), nil
		})
	})
	add("what is returned stays when a deferred call panics", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			defer func() { w.Log(recover()) }()
			defer func() { panic("deferred") }()
			return future.Wait(co, w.Fail("kept"))
		})
	})
	add("arguments of a defer are evaluated at once", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			x, p, s := 1, point{1, 2}, []string{"a", "b"}
			defer w.Log("x", x, p, len(s))
			defer w.Log(p.sum(), logged(w, "now"), nil, 1.5, 'c', x < 2)
			defer fmt.Fprintln(&w.drops, must(future.Wait(co, w.Int(7))), x)
			x, p = 2, point{5, 6}
			future.Wait(co, w.Int(x))
			s[0], s = "changed", append(s, "c")
			defer w.Log("x", x, p, s)
			defer func(s ...string) { w.Log(s, x) }(s...)
			x = 3
			return x, nil
		})
	})
	add("methods and functions of a defer", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			s := stack{w: w, all: []int{1}}
			defer s.rescueValue()
			f := func(n int) { w.Log("f", n) }
			defer f(1)
			var r rescuer = &s
			defer r.rescue(1)
			defer (*stack).rescue(&s, 2)
			m := s.field().rescue
			defer m(s.peek(0))
			defer rescue(twoValues(w))
			defer s.push(2).push(3, 4).rescue(3)
			s.all, f, r = []int{9}, nil, nil
			s.all[0] = must(future.Wait(co, w.Int(8)))
			return 1, nil
		})
	})
	add("a nil function is deferred", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			var f func()
			defer func() { w.Log(recover()) }()
			defer f()
			return future.Wait(co, w.Int(1))
		})
	})
	add("a method of nil is deferred", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			defer func() { w.Log(recover()) }()
			var r rescuer
			future.Wait(co, w.Int(1))
			defer r.rescue(1)
			w.Log("never")
			return future.Wait(co, w.Int(2))
		})
	})
	add("builtins are deferred", func(w *World) future.Future[string] {
		ch, m, xs := make(chan int), map[string]int{"a": 1, "b": 2}, []int{1, 2}
		f := future.Async(func(co *future.Co) (string, error) {
			key := "a"
			defer close(ch)
			defer delete(m, key)
			defer copy(xs, []int{must(future.Wait(co, w.Int(5)))})
			key = "b"
			defer clear(xs)
			return fmt.Sprint(m, xs), nil
		})
		return future.Async(func(co *future.Co) (string, error) {
			s, err := future.Wait(co, f)
			_, ok := <-ch
			return fmt.Sprint(s, m, xs, ok), err
		})
	})
	add("defers in loops", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (n int, err error) {
			for i := range 3 {
				defer w.Log("a", i, n)
				defer func() { n = n*10 + i }()
			}
			for i := 0; i < 3; i++ {
				defer func() { n = n*10 + i; i++ }()
				if i == 1 {
					defer w.Log(must(future.Wait(co, w.Int(i))))
					continue
				}
				future.Wait(co, w.Int(i))
			}
			return n, err
		})
	})
	add("recover with arguments", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (s string, err error) {
			defer rescueInto(&err, 1, "x")
			defer w.Log("runs while it panics", recoverNothing())
			s = "set"
			panic(must(future.Wait(co, w.Text("p"))))
		})
	})
	add("recover in methods", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (s string, err error) {
			st := &stack{w: w, all: []int{4}}
			var r rescuer = st
			defer st.rescueValue()
			defer func() { panic("third") }()
			defer r.rescue(5)
			defer func(n int) { w.Log(n, recover()); panic("second") }(must(future.Wait(co, w.Int(6))))
			panic("first")
		})
	})
	add("recover not called by a deferred function", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (s string, err error) {
			defer func() {
				w.Log(recoverNothing())
				func() { w.Log(recover()) }()
				defer func() { w.Log("nested", recover()) }()
			}()
			future.Wait(co, w.Int(1))
			panic("stays")
		})
	})
	add("panics of panics", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (s string, err error) {
			defer func() {
				defer func() { s += fmt.Sprint(recover()) }()
				s += fmt.Sprint(recover())
				panic("again")
			}()
			defer func() { panic(fmt.Sprint(recover(), " and more")) }()
			var m map[string]int
			m[must(future.Wait(co, w.Text("k")))] = 1
			return "not here", nil
		})
	})
	add("a child that panics is recovered", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (s string, err error) {
			for i := range 2 {
				defer func() {
					if p := recover(); p != nil {
						s, err = fmt.Sprint(p, i), errors.New("recovered")
					}
				}()
			}
			s = must(future.Wait(co, w.Text("a")))
			return future.Wait(co, w.Panic("child"))
		})
	})
	add("panic with nil, and with an error", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			defer func() { _, ok := recover().(error); w.Log(ok) }()
			defer func() {
				w.Log(recover())
				var xs []int
				_ = xs[len(w.log.String())]
			}()
			future.Wait(co, w.Int(1))
			panic(nil)
		})
	})
	add("NotReady after defers", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (n int, err error) {
			defer func() { err = future.NotReady }()
			return future.Wait(co, w.Int(1))
		})
	})
	add("defers that only a branch has", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (out string, err error) {
			if must(future.Wait(co, w.Int(1))) == 1 {
				x := "inner"
				defer func() { out += x }()
				x += must(future.Wait(co, w.Text("!")))
			}
			switch {
			case out == "never":
				defer w.Log("never")
			default:
				defer w.Log("default", out)
			}
			return "out ", nil
		})
	})
	add("untyped arguments of a defer", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			type signal bool
			n := 40
			f := func(a signal, b int64, c float64, d any, e uint8) { w.Log(a, b, c, d, e) }
			defer f(n == 40, 1<<n, 1<<3, 1<<n == 5, 1<<n>>n)
			future.Wait(co, w.Int(n))
			defer f(!(n > must(future.Wait(co, w.Int(3)))), (1 << n), 2, nil, 'x')
			return n, nil
		})
	})
}

func recoverNothing() any { return recover() }
