//go:build stackful

package cases

import (
	"fmt"
	"math"

	f9 "ch07/future"
)

type (
	names []string
	table map[float64]string
	word  string
	tiny  int8
	grid  [3]int
	pipe  chan int
)

func init() {
	add("range over a slice that changes", func(w *World) f9.Future[string] {
		return f9.Async(func(co *f9.Co) (string, error) {
			out := ""
			xs := names{"a", "b", "c"}
			for i, x := range xs {
				xs[2], xs = "z", append(xs, "d")
				out += fmt.Sprint(i, x, must(f9.Wait(co, w.Text(x))))
				xs = nil
				x += "local"
			}
			xs = names{"p", "q"}
			for i := range xs {
				xs = xs[:1]
				out += fmt.Sprint(i, must(f9.Wait(co, w.Int(i))))
			}
			for range xs {
				out += must(f9.Wait(co, w.Text("once")))
			}
			for i, x := range names(nil) {
				out += x + fmt.Sprint(must(f9.Wait(co, w.Int(i))))
			}
			return out, nil
		})
	})
	add("range over arrays", func(w *World) f9.Future[string] {
		return f9.Async(func(co *f9.Co) (string, error) {
			out := ""
			a := grid{1, 2, 3}
			for i, x := range a {
				a[2] = 9
				out += fmt.Sprint(i, x, must(f9.Wait(co, w.Int(x))), " ")
			}
			for i, x := range &a {
				a[2] = 5
				out += fmt.Sprint(i, x, must(f9.Wait(co, w.Int(x))), " ")
			}
			var none *grid
			for i := range none {
				out += fmt.Sprint(i, must(f9.Wait(co, w.Int(i))), " ")
			}
			for i, _ := range none {
				out += fmt.Sprint(i, must(f9.Wait(co, w.Int(i))), " ")
			}
			get := func() grid { w.Log("get"); return a }
			for i := range get() {
				out += fmt.Sprint(i, must(f9.Wait(co, w.Int(i))), " ")
			}
			for _, x := range [...]string{2: "x"} {
				out += fmt.Sprintf("%q%s", x, must(f9.Wait(co, w.Text(x))))
			}
			for i, x := range none {
				out += fmt.Sprint(i, x, must(f9.Wait(co, w.Int(i))), " ")
			}
			return out, nil
		})
	})
	add("range over maps", func(w *World) f9.Future[string] {
		return f9.Async(func(co *f9.Co) (string, error) {
			var seen []string
			m := map[string]int{"a": 1, "b": 2, "c": 3}
			for k := range m { // two of them never come
				seen = append(seen, fmt.Sprint(len(seen)))
				f9.Wait(co, w.Int(7))
				for other := range m {
					if other != k {
						delete(m, other)
					}
				}
			}
			m = map[string]int{"a": 1}
			for k, v := range m { // a new value, and it is deleted and there again
				m[k] = 10
				f9.Wait(co, w.Int(v))
				delete(m, k)
				seen = append(seen, fmt.Sprint(k, v))
			}
			for range m {
				f9.Wait(co, w.Text("never"))
			}
			m = map[string]int{"x": 1, "y": 2}
			n := 0
			for range m {
				f9.Wait(co, w.Int(n))
				n++
				clear(m)
			}
			m = nil
			for k, v := range m {
				f9.Wait(co, w.Text(k))
				n += v
			}
			for k, v := range map[any]error{nil: nil} {
				f9.Wait(co, w.Text("nil"))
				seen = append(seen, fmt.Sprint(k, v))
			}
			return fmt.Sprint(seen, n), nil
		})
	})
	add("range over a map with NaN", func(w *World) f9.Future[string] {
		return f9.Async(func(co *f9.Co) (string, error) {
			m := table{math.NaN(): "x", math.NaN(): "x", 1: "x"}
			out, one := "", ""
			for k, v := range m {
				out += v + must(f9.Wait(co, w.Text("a")))
				if k == 1 {
					one = "one"
				}
			}
			for range m {
				out += must(f9.Wait(co, w.Text("b")))
				clear(m)
			}
			return out + one, nil
		})
	})
	add("range over strings", func(w *World) f9.Future[string] {
		return f9.Async(func(co *f9.Co) (string, error) {
			out := ""
			s := word("aé\xff\xe4\xb8世\xed\xa0\x80")
			for i, r := range s {
				s = "changed"
				out += fmt.Sprint(i, r, must(f9.Wait(co, w.Int(i))), " ")
			}
			for i := range "é!" {
				out += fmt.Sprint(i, must(f9.Wait(co, w.Int(i))), " ")
			}
			for _, r := range s[:2] {
				out += string(r) + must(f9.Wait(co, w.Text(string(r))))
			}
			for range must(f9.Wait(co, w.Text("世\xff"))) {
				out += must(f9.Wait(co, w.Text("-")))
			}
			const c = "ab"
			for _, r := range c {
				defer func() { w.Log(r) }()
				f9.Wait(co, w.Int(int(r)))
			}
			return out, nil
		})
	})
	add("range over channels", func(w *World) f9.Future[int] {
		return f9.Async(func(co *f9.Co) (int, error) {
			sum := 0
			fill := func(n int) pipe {
				ch := make(pipe, n)
				for i := range n {
					ch <- i + 1
				}
				close(ch)
				return ch
			}
			ch := fill(3)
			for n := range ch {
				ch = nil
				sum += n * must(f9.Wait(co, w.Int(10)))
			}
			for range (<-chan int)(fill(2)) {
				sum += must(f9.Wait(co, w.Int(1)))
			}
			var last int
			for last = range fill(4) {
				if must(f9.Wait(co, w.Int(last))) == 3 {
					break
				}
			}
			return sum + last, nil
		})
	})
	add("range over integers", func(w *World) f9.Future[string] {
		return f9.Async(func(co *f9.Co) (string, error) {
			out := ""
			n := tiny(2)
			for i := range n {
				n = 100
				out += fmt.Sprintf("%T%v%v ", i, i, must(f9.Wait(co, w.Int(int(i)))))
				i = 50
			}
			for i := range uint8(3) {
				out += fmt.Sprintf("%T%v%v ", i, i, must(f9.Wait(co, w.Int(int(i)))))
			}
			var big uint64 = 2
			for i := range big {
				out += fmt.Sprintf("%T%v%v ", i, i, must(f9.Wait(co, w.Int(int(i)))))
			}
			var r rune
			for r = range 'c' - 'a' {
				out += fmt.Sprintf("%T%v%v ", r, r, must(f9.Wait(co, w.Int(int(r)))))
			}
			for i := range 'b' - 'a' {
				out += fmt.Sprintf("%T%v%v ", i, i, must(f9.Wait(co, w.Int(int(i)))))
			}
			const two = 2
			var u uint16
			for u = range two {
				out += fmt.Sprintf("%T%v%v ", u, u, must(f9.Wait(co, w.Int(int(u)))))
			}
			for range -1 {
				out += must(f9.Wait(co, w.Text("never")))
			}
			for range must(f9.Wait(co, w.Int(2))) {
				out += must(f9.Wait(co, w.Text("t")))
			}
			const typed tiny = 1
			for i := range typed {
				out += fmt.Sprintf("%T%v%v ", i, i, must(f9.Wait(co, w.Int(int(i)))))
			}
			var x any
			for x = range typed {
				out += fmt.Sprintf("%T%v%v ", x, x, must(f9.Wait(co, w.Int(3))))
			}
			return out, nil
		})
	})
}
