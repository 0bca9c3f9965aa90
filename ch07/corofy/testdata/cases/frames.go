//go:build stackful

package cases

import (
	"errors"
	"fmt"
	"strings"

	"ch07/future"
)

func init() {
	add("alive", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			n := 1
			s, err := future.Wait(co, w.Text("a"))
			n += len(s)
			t, err := future.Wait(co, w.Text("bb"))
			w.Log(s, t, n)
			return n + len(t), err
		})
	})
	add("if", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			x := 3
			if y := x + 1; must(future.Wait(co, w.Int(4))) == y {
				s, _ := future.Wait(co, w.Text("yes")) // trailing
				w.Log(s, y)
				x = y
			} else if z := y * 2; z > 1 {
				s, _ := future.Wait(co, w.Text("no"))
				w.Log(s, z)
			} else {
				w.Log("never")
			}
			if x == 0 {
				return "", errors.New("zero")
			} else {
				future.Wait(co, w.Text("else"))
			}
			return fmt.Sprint(x), nil
		})
	})
	add("for", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			sum := 0
			var fs []func() int
		outer:
			for i := 0; i < 6; i++ {
				if i == 1 {
					continue
				}
				for j := range 4 {
					n, err := future.Wait(co, w.Int(i*j))
					if err != nil {
						return 0, err
					}
					if j == 2 {
						continue outer
					}
					if i == 4 {
						break outer
					}
					sum += n
				}
				fs = append(fs, func() int { i += 10; return i })
			}
			for i := 0; i < 3; i++ {
				fs = append(fs, func() int { return i })
				future.Wait(co, w.Int(i))
			}
			for _, f := range fs {
				sum = sum*3 + f() + f()
			}
			return sum, nil
		})
	})
	add("range", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			var out []string
			xs := []string{"a", "b", "c"}
			for i, x := range xs {
				xs = append(xs, "more")
				xs[2] = "changed"
				t, _ := future.Wait(co, w.Text(x))
				out = append(out, fmt.Sprint(i, t, x))
			}
			arr := [3]int{1, 2, 3}
			for i, v := range arr {
				arr[2] = 9
				future.Wait(co, w.Int(v))
				out = append(out, fmt.Sprint(i, v))
			}
			for i := range arr {
				future.Wait(co, w.Int(i))
			}
			for i, v := range &arr {
				arr[2] = 11
				future.Wait(co, w.Int(v))
				out = append(out, fmt.Sprint(i, v))
			}
			for i, r := range "aé\xff世" {
				future.Wait(co, w.Int(i))
				out = append(out, fmt.Sprint(i, r, string(r)))
			}
			for range "ab" {
				future.Wait(co, w.Int(7))
			}
			m := map[string]int{"x": 1}
			for k, v := range m {
				delete(m, k)
				m["x"] = 5
				future.Wait(co, w.Int(v))
				out = append(out, fmt.Sprint(k, v))
			}
			ch := make(chan int, 3)
			ch <- 1
			ch <- 2
			close(ch)
			for v := range ch {
				future.Wait(co, w.Int(v))
				out = append(out, fmt.Sprint(v))
			}
			var i8 int8
			for i8 = range 3 {
				future.Wait(co, w.Int(int(i8)))
			}
			out = append(out, fmt.Sprintf("%T %v", i8, i8))
			return strings.Join(out, ","), nil
		})
	})
	add("switch", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
			for i := range 6 {
				switch x := i * 2; x {
				case 0, 2:
					out += must(future.Wait(co, w.Text("low")))
					fallthrough
				case 100:
					out += "fell"
				case 4:
					if i == 2 {
						break
					}
					out += "not"
				case 6:
					continue
				default:
					s, _ := future.Wait(co, w.Text("default"))
					out += s
				}
				switch {
				case i == 1 && must(future.Wait(co, w.Int(i))) == 1:
					out += "one"
				case must(future.Wait(co, w.Int(i))) == 4:
					out += "four"
				}
				var v any = i
				if i%2 == 0 {
					v = fmt.Sprint(i)
				}
				switch x := v.(type) {
				case int:
					future.Wait(co, w.Int(x))
					out += fmt.Sprint(x + 1)
				case string, error:
					future.Wait(co, w.Text(fmt.Sprint(x)))
					out += fmt.Sprintf("%T", x)
				}
			}
			return out, nil
		})
	})
	add("order", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			f := func(s string) string { w.Log("call", s); return s }
			x := f("a") + must(future.Wait(co, w.Text("b"))) + f("c") + must(future.Wait(co, w.Text(f("d")+must(future.Wait(co, w.Text("e"))))))
			ok := f("g") == "g" || must(future.Wait(co, w.Text("never"))) == ""
			ok2 := f("h") == "g" || must(future.Wait(co, w.Text("i"))) == "i" && must(future.Wait(co, w.Text("j"))) == "k"
			m := map[string][]string{f("k"): {f("l"), must(future.Wait(co, w.Text("m"))), f("n")}}
			m[f("o")] = append(m[must(future.Wait(co, w.Text("k")))], must(future.Wait(co, w.Text("p"))))
			return fmt.Sprint(x, ok, ok2, m, future.Future[string](nil) == nil), nil
		})
	})
	add("defer", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (n int, err error) {
			defer func() {
				if r := recover(); r != nil {
					w.Log("recovered", r)
					n, err = n+100, nil
				}
			}()
			for i := range 3 {
				defer w.Log("deferred", i, n)
				n += must(future.Wait(co, w.Int(i)))
				defer func(k int) { w.Log("closure", k, n, i) }(n)
			}
			if s := must(future.Wait(co, w.Text("x"))); s == "x" {
				panic("oops")
			}
			return n, nil
		})
	})
	add("goto", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			i := 0
		again:
			i++
			n, err := future.Wait(co, w.Int(i))
			if n < 3 {
				goto again
			}
			if err != nil {
				goto done
			}
			for {
				i++
				if i > 10 {
					goto done
				}
			}
		done:
			return i, err
		})
	})
	add("types", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			type rec struct{ a, b int }
			const k = 3
			r := rec{1, k}
			future.Wait(co, w.Int(r.a))
			r.b += k
			p := &r
			future.Wait(co, w.Int(r.b))
			p.a = 7
			return fmt.Sprintf("%T %v %v", r, r, *p), nil
		})
	})
	add("shared", func(w *World) future.Future[int] {
		total := 1
		f := future.Async(func(co *future.Co) (int, error) {
			total++
			for i := range 2 {
				total += must(future.Wait(co, w.Int(i+1)))
				g := func() { total *= 2 }
				g()
			}
			return total, nil
		})
		total = 10
		return f
	})
	add("shadow", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			x := "outer"
			{
				x := x + "1"
				future.Wait(co, w.Text(x))
				x += "2"
				{
					x := 5
					w.Log(x)
				}
				w.Log(x)
			}
			if x, err := future.Wait(co, w.Text("if")); err == nil {
				w.Log(x)
			}
			{
				future.Wait(co, w.Text("b"))
				fmt := "no package"
				w.Log(fmt)
			}
			return fmt.Sprint(x), nil
		})
	})
	add("select", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
			ch := make(chan string, 1)
			for i := range 4 {
				select {
				case ch <- fmt.Sprint(i):
					out += must(future.Wait(co, w.Text("sent")))
				case s, ok := <-ch:
					out += s + fmt.Sprint(ok) + must(future.Wait(co, w.Text("got")))
					if i == 3 {
						break
					}
					out += "!"
				}
			}
			return out, nil
		})
	})
}
