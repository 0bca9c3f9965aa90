//go:build stackful

package cases

import (
	"errors"
	"fmt"

	"ch07/future"
)

type stack struct {
	w   *World
	all []int
	m   map[string]int
}

func (s *stack) push(n ...int) *stack    { s.w.Log("push", n); s.all = append(s.all, n...); return s }
func (s stack) peek(n int) int           { s.w.Log("peek", n); return s.all[n] }
func (s *stack) at(n int) *int           { s.w.Log("at", n); return &s.all[n] }
func (s *stack) field() *stack           { s.w.Log("field"); return s }
func (s *stack) Error() string           { return fmt.Sprint("stack ", s.all) }
func several(n int) (int, string, error) { return n, fmt.Sprint(n), errors.New("several") }

func init() {
	add("wait in index", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			xs := []int{1, 2, 3}
			m := map[string][]int{"a": {4, 5}}
			arr := [2]int{6, 7}
			n := xs[must(future.Wait(co, w.Int(1)))] + m[must(future.Wait(co, w.Text("a")))][must(future.Wait(co, w.Int(1)))]
			n += arr[must(future.Wait(co, w.Int(1)))] + (&arr)[must(future.Wait(co, w.Int(0)))]
			return n + len("abc"[must(future.Wait(co, w.Int(1))):]), nil
		})
	})
	add("wait in a slice expression", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			xs := []int{1, 2, 3, 4, 5}
			ys := xs[must(future.Wait(co, w.Int(1))):must(future.Wait(co, w.Int(3))):must(future.Wait(co, w.Int(4)))]
			arr := [3]int{1, 2, 3}
			zs := arr[must(future.Wait(co, w.Int(1))):]
			arr[2] = 9
			return fmt.Sprint(ys, cap(ys), zs), nil
		})
	})
	add("wait out of range", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			xs := []int{1}
			return xs[must(future.Wait(co, w.Int(1)))], nil
		})
	})
	add("wait in unary, star, paren, assertion", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			n := 5
			a := -must(future.Wait(co, w.Int(1)))
			b := !must(future.Wait(co, Leaf(w, true, nil)))
			c := *must(future.Wait(co, Leaf(w, &n, nil)))
			d := must(future.Wait(co, Leaf[any](w, 3, nil))).(int)
			e, ok := must(future.Wait(co, Leaf[any](w, 3, nil))).(string)
			f := (must(future.Wait(co, w.Int(2))))
			*must(future.Wait(co, Leaf(w, &n, nil))) = 6
			return fmt.Sprint(a, b, c, d, e, ok, f, n), nil
		})
	})
	add("wait in a receive and a send", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			ch := make(chan int, 4)
			ch <- must(future.Wait(co, w.Int(1)))
			must(future.Wait(co, Leaf(w, ch, nil))) <- must(future.Wait(co, w.Int(2)))
			n := <-must(future.Wait(co, Leaf(w, ch, nil)))
			v, ok := <-must(future.Wait(co, Leaf(w, ch, nil)))
			w.Log(v, ok, len(ch))
			ch <- 7
			return n + <-ch*must(future.Wait(co, w.Int(10))), nil
		})
	})
	add("wait in composite literals", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			f := func(s string) string { w.Log("call", s); return s }
			p := &point{x: must(future.Wait(co, w.Int(1))), y: must(future.Wait(co, w.Int(2)))}
			a := [...]int{2: must(future.Wait(co, w.Int(3))), must(future.Wait(co, w.Int(4)))}
			m := map[point]string{{1, must(future.Wait(co, w.Int(5)))}: f("v"), {y: 2}: must(future.Wait(co, w.Text("w")))}
			ps := []*point{{must(future.Wait(co, w.Int(6))), 1}, {y: 3}}
			nested := struct {
				a []string
				b any
			}{[]string{f("1"), must(future.Wait(co, w.Text("2"))), f("3")}, must(future.Wait(co, w.Int(7)))}
			return fmt.Sprint(*p, a, m, *ps[0], *ps[1], nested), nil
		})
	})
	add("wait in arguments", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			s := &stack{w: w}
			s.push(must(future.Wait(co, w.Int(1))), must(future.Wait(co, w.Int(2)))).push(must(future.Wait(co, w.Int(3))))
			s.field().push([]int{must(future.Wait(co, w.Int(4)))}...)
			*s.at(must(future.Wait(co, w.Int(1)))) = s.peek(must(future.Wait(co, w.Int(2))))
			n := s.peek(0) + s.peek(must(future.Wait(co, w.Int(1)))) + s.peek(2)
			g := (*stack).at
			return fmt.Sprint(s.all, n, *g(s, must(future.Wait(co, w.Int(3))))), nil
		})
	})
	add("wait in builtins", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			xs := append([]int{must(future.Wait(co, w.Int(1)))}, must(future.Wait(co, w.Int(2))), 3)
			n := copy(xs[must(future.Wait(co, w.Int(1))):], xs)
			m := make(map[string]int, must(future.Wait(co, w.Int(3))))
			m[must(future.Wait(co, w.Text("k")))] = len(must(future.Wait(co, w.Text("abc"))))
			delete(m, must(future.Wait(co, w.Text("z"))))
			c := complex(float64(must(future.Wait(co, w.Int(1)))), 2)
			big := max(1, must(future.Wait(co, w.Int(9))), len(xs))
			ys := make([]byte, must(future.Wait(co, w.Int(2))), must(future.Wait(co, w.Int(5))))
			p := new(must(future.Wait(co, w.Int(8))))
			return fmt.Sprint(xs, n, m, real(c), big, len(ys), cap(ys), *p), nil
		})
	})
	add("wait in conversions", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			a := int8(must(future.Wait(co, w.Int(300))))
			b := []byte(must(future.Wait(co, w.Text("ab"))))
			c := error((*failure)(nil)) == nil || must(future.Wait(co, w.Int(1))) == 2
			d := any(must(future.Wait(co, w.Int(4))))
			e := 1.5 * float64(must(future.Wait(co, w.Int(2))))
			return fmt.Sprintf("%T %v %T %v %v %T %v", a, a, b, b, c, d, e), nil
		})
	})
	add("wait in assignments", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			f := func(n int) int { w.Log("index", n); return n }
			xs, m, p := []int{1, 2, 3}, map[string]int{"a": 1}, &point{}
			xs[f(0)], xs[f(1)] = must(future.Wait(co, w.Int(4))), f(5)
			xs[f(2)] += must(future.Wait(co, w.Int(6)))
			m["a"] <<= must(future.Wait(co, w.Int(2)))
			m[must(future.Wait(co, w.Text("b")))]++
			m[must(future.Wait(co, w.Text("a")))] -= f(1) * must(future.Wait(co, w.Int(2)))
			p.x, p.y = must(future.Wait(co, w.Int(7))), must(future.Wait(co, w.Int(8)))
			xs[0], m["c"] = m["a"], xs[must(future.Wait(co, w.Int(1)))]
			var err error
			m[fmt.Sprint(f(9))], err = future.Wait(co, w.Int(10))
			_, m["e"] = must(future.Wait(co, w.Int(11))), 12
			i := 0
			i, xs[i] = 2, must(future.Wait(co, w.Int(13)))
			return fmt.Sprint(xs, m, *p, err, i), nil
		})
	})
	add("wait in declarations", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			var a = must(future.Wait(co, w.Int(1)))
			var b, err = future.Wait(co, w.Fail("b"))
			var c, d any = must(future.Wait(co, w.Int(2))), must(future.Wait(co, w.Text("d")))
			var e int8 = 3
			var (
				f = int(e) + must(future.Wait(co, w.Int(4)))
			)
			x, y := must(future.Wait(co, w.Int(5))), must(future.Wait(co, w.Int(6)))
			var _ = must(future.Wait(co, w.Int(7)))
			var _, g = future.Wait(co, w.Fail("g"))
			return fmt.Sprint(a, b, err, c, d, e, f, x, y, g), nil
		})
	})
	add("wait in returns", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			if must(future.Wait(co, w.Int(1))) == 2 {
				return future.Wait(co, w.Text("a"))
			}
			return must(future.Wait(co, w.Text("a"))) + must(future.Wait(co, w.Text("b"))), must(future.Wait(co, Leaf(w, errors.New("e"), nil)))
		})
	})
	add("wait in go", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			ch := make(chan int)
			f := func(a, b int) { ch <- a * b }
			go f(must(future.Wait(co, w.Int(2))), must(future.Wait(co, w.Int(3))))
			n := <-ch
			go must(future.Wait(co, Leaf(w, f, nil)))(n, 2)
			f = nil
			return <-ch, nil
		})
	})
	add("wait in a statement of an expression", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			w.Log(future.Wait(co, w.Fail("a")))
			w.Log(several(must(future.Wait(co, w.Int(1)))))
			<-must(future.Wait(co, Leaf(w, closed(), nil)))
			(future.Wait(co, w.Text("b")))
			return then(w, must(future.Wait(co, w.Text("c"))), "d").Poll()
		})
	})
	add("calls before, between and behind waits", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			i := 0
			next := func() int { i++; w.Log("next", i); return i }
			ch := make(chan int, 3)
			ch <- 1
			ch <- 2
			ch <- 3
			s := fmt.Sprint(next(), -next(), <-ch, must(future.Wait(co, w.Int(4))), next(), <-ch, []int{next()}, must(future.Wait(co, w.Int(next()))), next(), <-ch)
			t := (next() + next()) * must(future.Wait(co, w.Int(next()))) / next()
			u := string(rune(64+next())) + must(future.Wait(co, w.Text("u"))) + fmt.Sprint(next() > 3 && next() > 4, must(future.Wait(co, w.Int(1))) == next() || next() > 0)
			return fmt.Sprint(s, t, u), nil
		})
	})
	add("short circuit", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			yes := func(s string) future.Future[bool] { w.Log("yes", s); return Leaf(w, true, nil) }
			no := func(s string) future.Future[bool] { w.Log("no", s); return Leaf(w, false, nil) }
			out := ""
			if must(future.Wait(co, no("a"))) && must(future.Wait(co, yes("b"))) {
				out += "1"
			}
			if must(future.Wait(co, yes("c"))) || must(future.Wait(co, no("d"))) {
				out += "2"
			}
			if !(must(future.Wait(co, no("e"))) || must(future.Wait(co, yes("f"))) && must(future.Wait(co, no("g")))) && out != "" && must(future.Wait(co, yes("h"))) {
				out += "3"
			}
			var p *point
			if p != nil && p.x == must(future.Wait(co, w.Int(1))) || p == nil && must(future.Wait(co, w.Int(2))) == 2 {
				out += "4"
			}
			type flag bool
			var ok flag = flag(out == "") || flag(must(future.Wait(co, yes("i"))))
			for i := 0; i < 3 && must(future.Wait(co, yes("j"))); i++ {
				out += fmt.Sprint(i)
			}
			return fmt.Sprint(out, ok, (must(future.Wait(co, no("k"))) || out == "") == must(future.Wait(co, no("l")))), nil
		})
	})
	add("function values with waits", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			fs := []func(...any) string{fmt.Sprint, fmt.Sprintln}
			pick := func(i int) func(...any) string { w.Log("pick", i); return fs[i] }
			a := pick(must(future.Wait(co, w.Int(1))))(must(future.Wait(co, w.Text("x"))))
			b := pick(0)(must(future.Wait(co, w.Text("y"))), pick(1)(1))
			c := func(s string) string { return s + a }(must(future.Wait(co, w.Text("z"))))
			return a + b + c, nil
		})
	})
	add("operands between two waits are kept", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			n := 1
			inc := func() int { n++; return n }
			s := fmt.Sprint(inc(), must(future.Wait(co, w.Int(inc()))), inc(), must(future.Wait(co, w.Int(inc()))), inc())
			xs := []int{1, 2, 3}
			get := func() []int { w.Log("get"); return xs }
			get()[inc()-6] = must(future.Wait(co, w.Int(inc())))
			return fmt.Sprint(s, xs), nil
		})
	})
}

func closed() chan struct{} { ch := make(chan struct{}); close(ch); return ch }
