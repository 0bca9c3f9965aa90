//go:build stackful

package cases

import (
	"fmt"

	"ch07/future"
)

func init() {
	add("wait in every part of a for", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
			for i := must(future.Wait(co, w.Int(1))); i < must(future.Wait(co, w.Int(6))); i += must(future.Wait(co, w.Int(2))) {
				out += fmt.Sprint(i)
			}
			for i, j := 0, must(future.Wait(co, w.Int(3))); i < j; i, j = i+1, j-must(future.Wait(co, w.Int(0))) {
				if i == 1 {
					continue
				}
				out += fmt.Sprint(i, j)
			}
			var n int
			for n, _ = future.Wait(co, w.Int(2)); ; n-- {
				if n < must(future.Wait(co, w.Int(0))) {
					break
				}
				out += "."
			}
			for must(future.Wait(co, w.Int(n))) < 3 {
				n++
			}
			return fmt.Sprint(out, n), nil
		})
	})
	add("condition changed in the body", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out, x := "", 3
			if x > 2 {
				x = 0
				out += must(future.Wait(co, w.Text("then")))
				x--
			} else {
				out += "else"
			}
			for x < 2 {
				x += 5
				out += must(future.Wait(co, w.Text("loop")))
				x -= 3
			}
			limit := 3
			for i := 0; i < limit; i++ {
				limit = 2
				out += must(future.Wait(co, w.Text("again")))
				i += must(future.Wait(co, w.Int(0)))
			}
			switch tag := x; tag {
			case 2, 3:
				tag, x = 99, 99
				out += must(future.Wait(co, w.Text("case")))
				out += fmt.Sprint(tag)
			case 99:
				out += "wrong"
			}
			return fmt.Sprint(out, x), nil
		})
	})
	add("per-iteration variables", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			var fs []func() int
			var ps []*int
			for i, j := 0, 10; i < 6; i, j = i+1, j+1 {
				fs = append(fs, func() int { i++; return i*100 + j })
				ps = append(ps, &j)
				if i == 2 {
					continue
				}
				future.Wait(co, w.Int(i))
				if i == 3 {
					i++
				}
				j += *ps[0] - 10
			}
			for i := range 3 {
				ps = append(ps, &i)
				future.Wait(co, w.Int(i))
				i *= 7
			}
			for i, s := range []string{"a", "b"} {
				future.Wait(co, w.Text(s))
				fs = append(fs, func() int { s += "x"; i++; return len(s) + i*10 })
			}
			out := ""
			for _, f := range fs {
				out += fmt.Sprint(" ", f(), f())
			}
			for _, p := range ps {
				out += fmt.Sprint(" ", *p)
			}
			return out, nil
		})
	})
	add("closure changes the loop variable", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			sum := 0
			for i := 0; i < 10; i++ {
				skip := func(n int) { i += n }
				skip(must(future.Wait(co, w.Int(i%3))))
				sum = sum*10 + i
				defer w.Log("i", i)
			}
			return sum, nil
		})
	})
	add("a closure of each round, and one in the head", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			var all []func() int
			last := 0
			for v := 0; v < 3; v, _ = v+1, must(future.Wait(co, w.Int(func() int { last++; return v }()))) {
				all = append(all, func() int { v += 10; return v })
			}
			return fmt.Sprint(last, all[0](), all[1](), all[2](), all[0]()), nil
		})
	})
	add("closure in the head of a for", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
			for i, f := 0, func() int { return 3 }; i < f(); func() { i++ }() {
				g := f
				f = func() int { return g() - i/2 }
				out += fmt.Sprint(i, must(future.Wait(co, w.Int(f()))))
			}
			for p := (*int)(nil); p == nil || *p < 3; {
				x := must(future.Wait(co, w.Int(len(out))))
				p = &x
				*p += 3
			}
			return out, nil
		})
	})
	add("var is zero in each round", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
			for i := range 3 {
				var s string
				var p point
				var a [2]int
				var m map[string]int
				var e error
				var x, boxed int
				inc := func() { boxed++ }
				out += fmt.Sprint(s, p, a, m == nil, e == nil, x, boxed, ";")
				future.Wait(co, w.Int(i))
				s, p.x, a[1], m, e, x = "s", 1, 2, map[string]int{}, fmt.Errorf("e"), 3
				inc()
				out += fmt.Sprint(s, p, a, m == nil, e == nil, x, boxed, ";")
				future.Wait(co, w.Int(i))
				out += fmt.Sprint(s, p, a, m, e, x, boxed, ";")
			}
			return out, nil
		})
	})
	add("goto back over a declaration", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
			var ps []*int
		again:
			var n int
			x := must(future.Wait(co, w.Int(len(ps))))
			ps = append(ps, &x, &n)
			n += x + 5
			future.Wait(co, w.Int(n))
			x *= 2
			if len(ps) < 6 {
				goto again
			}
			for _, p := range ps {
				out += fmt.Sprint(*p, " ")
			}
			return out, nil
		})
	})
	add("goto forward, and out of loops", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
			i := 0
		outer:
			for {
				for range 3 {
					i++
					switch n := must(future.Wait(co, w.Int(i))); {
					case n == 2:
						goto outer
					case n == 4:
						goto middle
					case n > 6:
						goto end
					}
					out += fmt.Sprint(i)
				}
			}
		middle:
			out += "middle"
			if i < 5 {
				i++
				goto outer
			}
			{
				future.Wait(co, w.Text("never"))
			}
		end:
			return out + "end", nil
		})
	})
	add("labels through everything", func(w *World) future.Future[string] {
		ch := make(chan int, 10)
		return future.Async(func(co *future.Co) (string, error) {
			out := ""
		outer:
			for i := range 8 {
				{
				sw:
					switch {
					case i < 6:
						for j, s := range []string{"a", "b", "c"} {
							ch <- j
							select {
							case n := <-ch:
								switch x := any(n).(type) {
								case int:
									out += fmt.Sprint(i, s, x, must(future.Wait(co, w.Int(i))), " ")
									if i == 0 {
										continue outer
									} else if i == 1 {
										goto block
									} else if i == 2 {
										break sw
									} else if i == 3 {
										break
									} else if i == 5 {
										break outer
									}
									continue
								}
								out += "broken"
							}
						}
						out += "for"
					}
					out += "switch"
				}
			block:
				out += "block"
			}
			return out, nil
		})
	})
	add("labelled statements without waits", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			n := must(future.Wait(co, w.Int(3)))
		a:
			for i := range 5 {
				for {
					if i > n {
						break a
					}
					n += i
					continue a
				}
			}
			for i := range 3 {
			b:
				for {
					switch {
					case i == 1:
						break b
					case i == 2:
						return n, nil
					}
					break
				}
				n += must(future.Wait(co, w.Int(i)))
			}
		forever:
			for {
				for {
					break
				}
				if n++; n > 100 {
					return n, nil
				}
				continue forever
			}
		})
	})
}
