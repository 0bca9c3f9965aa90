//go:build stackful

package cases

import (
	"errors"
	"fmt"

	"ch07/future"
)

func init() {
	add("wait in every part of a switch", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
			f := func(n int) int { w.Log("case", n); return n }
			for i := range 5 {
				switch n := must(future.Wait(co, w.Int(i))); must(future.Wait(co, w.Int(n))) {
				case f(0), f(1), must(future.Wait(co, w.Int(1))), f(2):
					out += "low"
				case must(future.Wait(co, w.Int(3))):
					out += must(future.Wait(co, w.Text("three")))
					fallthrough
				default:
					out += fmt.Sprint("default", n)
				}
				switch must(future.Wait(co, w.Int(i))) {
				case 1:
					out += "one"
				case f(2):
					if i == 2 {
						break
					}
					out += "two"
				}
				switch x := any(i); x {
				case "1", 1.0, must(future.Wait(co, w.Int(2))), nil:
					out += "any"
				case 3:
					x = "changed"
					out += must(future.Wait(co, w.Text(fmt.Sprint(x))))
				}
			}
			return out, nil
		})
	})
	add("default in the middle", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
			for i := range 5 {
				switch {
				case i == 0:
					out += must(future.Wait(co, w.Text("a")))
					fallthrough
				default:
					out += must(future.Wait(co, w.Text("d")))
					if i == 4 {
						break
					}
					fallthrough
				case i == 2:
					out += "c"
				case i == 3 && must(future.Wait(co, w.Int(i))) == 3:
					out += "e"
				case i > 100:
				}
				out += fmt.Sprint(i)
			}
			return out, nil
		})
	})
	add("switch of true", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
			var yes any = true
			type lamp bool
			no := lamp(false)
			switch {
			case bool(no), must(future.Wait(co, Leaf(w, false, nil))):
				out += "no"
			case yes:
				out += must(future.Wait(co, w.Text("yes")))
			}
			switch true {
			case bool(no) && must(future.Wait(co, w.Int(1))) == 1, bool(!no):
				out += "true"
			}
			switch {
			}
			switch must(future.Wait(co, w.Int(1))) {
			}
			switch f := (func())(nil); {
			case f == nil:
				out += "nil"
			}
			return out, nil
		})
	})
	add("a wait in a type switch", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
			for i, x := range []any{1, "s", nil, errors.New("e"), 2.5, hex(3), []int{1}} {
				switch y := x; x := must(future.Wait(co, Leaf(w, y, nil))).(type) {
				case int:
					x += must(future.Wait(co, w.Int(i)))
					out += fmt.Sprint(x + 1)
				case string, error:
					y, x = x, must(future.Wait(co, w.Int(i)))
					out += fmt.Sprintf("%T%T", x, y)
				case nil:
					future.Wait(co, w.Int(i))
					out += fmt.Sprint(x == nil)
				case fmt.Stringer:
					defer func() { w.Log(x.String()) }()
					future.Wait(co, w.Int(i))
				case float64:
					if x > 2 {
						break
					}
					out += "not"
				default:
					out += fmt.Sprintf("%T", x)
				}
			}
			return out, nil
		})
	})
	add("a type switch on a variable that is set again", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			var v any = "text"
			switch v.(type) {
			case string:
				v = 5
				s := must(future.Wait(co, w.Text(fmt.Sprint(v))))
				v = s + "!"
			case int:
				return "wrong", nil
			}
			switch x := v.(type) {
			case string:
				v = 1.5
				x += must(future.Wait(co, w.Text("a")))
				v = fmt.Sprint(v) + x
			}
			return fmt.Sprint(v), nil
		})
	})
	add("a wait in a select", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
			a, b, full := make(chan int, 2), make(chan string, 1), make(chan int)
			var n int
			var ok bool
			m := map[string]int{}
			at := func(s string) string { w.Log("at", s); return s }
			for i := range 6 {
				ch, str := a, b
				if i%2 == 1 {
					ch = nil
				} else {
					str = nil
				}
				select { // only one of them can
				case ch <- i:
					ch = a
					out += must(future.Wait(co, w.Text("sent")))
				case str <- at("b"):
					out += must(future.Wait(co, w.Text("b")))
				case full <- 3:
					out += "never"
				case <-full:
				}
				select {
				case m[at("m")] = <-ch:
					out += fmt.Sprint(m, must(future.Wait(co, w.Int(i))))
				case s, got := <-b:
					f := func() { s += "!" }
					f()
					future.Wait(co, w.Text(s))
					out += fmt.Sprint(s, got)
				}
				select {
				case n, ok = <-closedInt():
					out += fmt.Sprint(n, ok, must(future.Wait(co, w.Int(i))))
					if i == 2 {
						continue
					} else if i == 3 {
						break
					}
					out += "."
				}
				select {
				case x := <-a:
					out += fmt.Sprint("x", x)
				case _, _ = <-full:
				default:
					out += must(future.Wait(co, w.Text("default")))
				}
			}
			return out, nil
		})
	})
	add("a wait in the operands of a select", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			ch, none := make(chan int, 1), make(chan int)
			f := func(ch chan int) chan int { w.Log("channel"); return ch }
			select {
			case f(ch) <- must(future.Wait(co, w.Int(1))):
				w.Log("sent")
			case <-f(none):
			case v := <-must(future.Wait(co, Leaf(w, none, nil))):
				return fmt.Sprint(v), nil
			}
			select {
			case v, ok := <-must(future.Wait(co, Leaf(w, ch, nil))):
				v += must(future.Wait(co, w.Int(10)))
				return fmt.Sprint(v, ok), nil
			case none <- logged(w, 2):
				return "never", nil
			}
		})
	})
	add("ifs", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
			for i := range 5 {
				if s, err := future.Wait(co, w.Fail(fmt.Sprint(i))); i == 0 {
					out += s
				} else if n := must(future.Wait(co, w.Int(i))); n == 1 {
					out += fmt.Sprint(s, err, n)
				} else if n++; must(future.Wait(co, w.Int(n))) == 3 {
					s := "shadow"
					out += s
					future.Wait(co, w.Text(s))
					out += s
				} else if err == nil {
					out += "never"
				} else {
					n, out = n+1, out+err.Error()
					if n > 4 && i > 3 {
						out += s
						continue
					}
					future.Wait(co, w.Int(n))
					out += fmt.Sprint(n)
				}
				if out == "" || i == 3 {
					out += "no wait"
				}
				if i == 3 {
				} else {
					out += must(future.Wait(co, w.Text("else")))
				}
				if i != 3 {
					out += must(future.Wait(co, w.Text("then")))
				} else {
				}
			}
			return out, nil
		})
	})
}

func closedInt() chan int { ch := make(chan int); close(ch); return ch }
