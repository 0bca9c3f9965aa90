//go:build stackful

package cases

import (
	"fmt"
	"iter"
	"slices"

	f9 "ch07/future"
)

func init() {
	add("range that assigns", func(w *World) f9.Future[string] {
		return f9.Async(func(co *f9.Co) (string, error) {
			out := ""
			var i int
			var s string
			for i, s = range []string{"a", "b"} {
				f9.Wait(co, w.Text(s))
				i += 10
			}
			out += fmt.Sprint(i, s)
			for i, s = range []string{} {
				f9.Wait(co, w.Text(s))
			}
			out += fmt.Sprint(i, s)
			p, m := &point{}, map[int]any{}
			at := func(n int) int { w.Log("at", n); return n }
			for p.x, m[at(5)] = range []string{"c", "d"} {
				f9.Wait(co, w.Int(p.x))
			}
			for _, p.y = range []int{4, 5} {
				f9.Wait(co, w.Int(p.y))
			}
			for i, _ = range []int{4, 5} {
				f9.Wait(co, w.Int(i))
			}
			var r rune
			for _, r = range "xy" {
				f9.Wait(co, w.Int(int(r)))
			}
			for m[1], m[2] = range map[string]int{"k": 1} {
				f9.Wait(co, w.Int(1))
			}
			for _ = range 2 {
				f9.Wait(co, w.Int(2))
			}
			xs, j := []int{0, 0, 0}, 0
			for j, xs[j] = range []int{1, 2, 3} {
				f9.Wait(co, w.Int(j))
			}
			inc := func() { i++; s += "!" }
			for i, s = range map[int]string{3: "three"} {
				inc()
				f9.Wait(co, w.Int(i))
			}
			return fmt.Sprint(out, *p, m, i, r, xs, s), nil
		})
	})
	add("range over functions, no wait inside", func(w *World) f9.Future[string] {
		return f9.Async(func(co *f9.Co) (string, error) {
			out := ""
			seq := func(n int) iter.Seq[int] { return slices.Values([]int{n, n + 1, n + 2}) }
			for n := range seq(must(f9.Wait(co, w.Int(1)))) {
				if n == 2 {
					continue
				}
				defer w.Log("deferred in a range", n)
				out += fmt.Sprint(n)
			}
		outer:
			for i := range 5 {
				f9.Wait(co, w.Int(i))
				for n, s := range count(w, 3) {
					switch {
					case i == 0 && n == 1:
						break
					case i == 1:
						continue outer
					case i == 2 && n == 1:
						goto next
					case i == 3:
						break outer
					}
					out += s + fmt.Sprint(n)
				}
			next:
				out += ";"
			}
			for n := range seq(7) {
				for m := range seq(n) {
					if m == 9 {
						return pair(w, out)
					}
				}
			}
			return out, nil
		})
	})
}
