//go:build stackful

package cases

import (
	"fmt"
	str "strings"

	"ch07/future"
)

// Names that corofy uses for itself, too.
type v int

func (x *v) inc() { *x++ }

func init() {
	add("outer variables set before, after, inside and by others", func(w *World) future.Future[string] {
		a, b, c, d, e := 1, 2, 3, "d", point{1, 1}
		set := func() { b += 10; e.x++ }
		f := future.Async(func(co *future.Co) (string, error) {
			a++
			set()
			x := must(future.Wait(co, w.Int(a)))
			c, d = c+x, d+must(future.Wait(co, w.Text(d)))
			for c = range 3 {
				b += must(future.Wait(co, w.Int(c)))
			}
			p := &e
			p.y += must(future.Wait(co, w.Int(b)))
			e.x, _ = future.Wait(co, w.Int(e.x))
			func() { a *= 2 }()
			set()
			return fmt.Sprint(a, b, c, d, e, *p), nil
		})
		a, e = 100, point{7, 7}
		return future.Async(func(co *future.Co) (string, error) {
			s, err := future.Wait(co, f)
			return fmt.Sprint(s, a, b, c, d, e), err
		})
	})
	add("loop variables of the function around, changed inside", func(w *World) future.Future[string] {
		var all []future.Future[int]
		for i := 0; i < 4; i++ {
			all = append(all, future.Async(func(co *future.Co) (int, error) {
				i += must(future.Wait(co, w.Int(i)))
				return i, nil
			}))
			i++
		}
		return future.Async(func(co *future.Co) (out string, err error) {
			for _, f := range all {
				out += fmt.Sprint(must(future.Wait(co, f)), " ")
			}
			return
		})
	})
	add("a variable shared by closures", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			n, log := 0, []string(nil)
			var fib func(int) int
			fib = func(k int) int {
				n++
				if k < 2 {
					return k
				}
				return fib(k-1) + fib(k-2)
			}
			get, set := func() int { return n }, func(m int) { n = m }
			log = append(log, fmt.Sprint(fib(must(future.Wait(co, w.Int(5)))), get()))
			set(must(future.Wait(co, w.Int(40))))
			n++
			log = append(log, fmt.Sprint(n, get()))
			note := func(s string) func() { return func() { log = append(log, s+fmt.Sprint(n)) } }
			defer note("never seen")()
			note("a")()
			future.Wait(co, w.Int(n))
			note("b")()
			p, q := &n, &log
			*p, *q = *p+1, append(*q, "c")
			future.Wait(co, w.Int(len(log)))
			return fmt.Sprint(log, n, fib(3), get() == *p), nil
		})
	})
	add("pointers into variables", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			var buf str.Builder
			var x v
			arr, p := [3]int{1, 2, 3}, point{}
			s, px := arr[:2], &p.x
			write := buf.WriteString
			inc := x.inc
			for i := range s {
				write(must(future.Wait(co, w.Text(fmt.Sprint(i)))))
				s[i] *= 10
				*px += i + 1
				inc()
				x.inc()
			}
			buf.WriteByte('!')
			q := &arr[2]
			*q = must(future.Wait(co, w.Int(buf.Len())))
			cp := arr
			arr[0]--
			return fmt.Sprint(buf.String(), x, arr, p, s, cp, *q / *px), nil
		})
	})
	add("names of Go and of packages", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
			{
				future, fmt, str := 1, "fmt", []int{2}
				out += fmt + "!"
				str[0] += future
				new, len, nil, true, string, error := 1, 2, 3, 4, 5, 6
				w.Log(str, new, len, nil, true, string, error)
			}
			if must(future.Wait(co, w.Int(1))) == 1 {
				new, len, append := must(future.Wait(co, w.Int(2))), must(future.Wait(co, w.Int(3))), "a"
				f := func() int { new++; return new }
				future.Wait(co, w.Int(f()))
				out += fmt.Sprint(new, len, append)
				error, int := must(future.Wait(co, w.Text("error"))), 5
				future.Wait(co, w.Text(error))
				out += fmt.Sprint(error, int)
			}
			nil, err := future.Wait(co, w.Int(7))
			future.Wait(co, w.Int(nil))
			panic := func(s string) { out += s }
			panic(fmt.Sprint(nil, err))
			future.Wait(co, w.Int(8))
			panic("no panic")
			return str.ToUpper(out), err
		})
	})
	add("names of corofy", func(w *World) future.Future[string] {
		c, state, zero, failed, poll := 1, 2, 3, 4, 5
		return future.Async(func(co *future.Co) (string, error) {
			fut1, tmp, cond, over, index, bound, fn, arg, method, panics, defers, done, cx := 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
			v, v2, err, ok, r, at, k := "v", "v2", "err", "ok", "r", "at", "k"
			c++
			state *= 2
			for i, r := range v {
				defer w.Log(fn, arg, method, panics, i, r)
				zero += must(future.Wait(co, w.Int(tmp+cond))) + must(future.Wait(co, w.Int(over+index+bound)))
			}
			for k, v := range map[string]string{k: v} {
				err, ok := must(future.Wait(co, w.Text(k+v))), at
				w.Log(err, ok)
			}
			for v := range closedInt() {
				future.Wait(co, w.Int(v))
			}
			if x, err := future.Wait(co, w.Text(v2)); err == nil && (x == v2 || must(future.Wait(co, w.Text("x"))) == ok) {
				fut1 += failed + poll
			}
			return fmt.Sprint(c, state, zero, failed, poll, fut1, defers, done, cx, v, v2, err, ok, r, at, k), nil
		})
	})
	add("the same name everywhere", func(w *World) future.Future[string] {
		x := "outer"
		return future.Async(func(co *future.Co) (string, error) {
			out := x
			x := x + "1"
			for x := range 2 {
				x := x + must(future.Wait(co, w.Int(x)))
				if x := fmt.Sprint(x, must(future.Wait(co, w.Int(x)))); x != "" {
					x := func() string { x += "f"; return x }
					future.Wait(co, w.Int(1))
					out += x() + x()
				}
				out += fmt.Sprint(x)
			}
			switch x := any(x).(type) {
			case string:
				x = must(future.Wait(co, w.Text(x+"2")))
				{
					x, y := x+"3", func() string { return x }
					future.Wait(co, w.Text(x))
					out += x + y()
				}
				out += x
			}
			func(x int) { out += fmt.Sprint(x) }(len(x))
			x, err := future.Wait(co, w.Text(x+"4"))
			return out + x, err
		})
	})
	add("blank identifiers and what nobody reads", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			_, n := must(future.Wait(co, w.Int(1))), 2
			var _, _ = future.Wait(co, w.Int(3))
			_ = must(future.Wait(co, w.Int(4)))
			var unread = 5
			_ = unread
			dead, err := future.Wait(co, w.Int(6))
			_, _ = dead, err
			dead, err = future.Wait(co, w.Int(7))
			dead, n = 8, n+1
			f := func(_ int, _ ...string) { n++ }
			future.Wait(co, w.Int(n))
			f(must(future.Wait(co, w.Int(9))))
			for _, _ = range []int{1} {
				future.Wait(co, w.Int(10))
			}
			_, err = future.Wait(co, w.Fail("a"))
			_, err = future.Wait(co, w.Int(11))
			return n, err
		})
	})
}
