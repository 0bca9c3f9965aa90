//go:build stackful

package cases

import (
	"errors"
	"fmt"
	"strings"

	"ch07/future"
)

type family struct {
	kids []*family
	n    int
}

func (t *family) sum(w *World, depth int) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		total := t.n
		for i, k := range t.kids {
			m, err := future.Wait(co, k.sum(w, depth+1))
			if err != nil {
				return 0, fmt.Errorf("kid %d: %w", i, err)
			}
			total += m
		}
		if depth == 2 && t.n == 0 {
			return 0, errors.New("nothing")
		}
		return future.Wait(co, w.Int(total))
	})
}

func init() {
	add("recursion in a loop", func(w *World) future.Future[int] {
		return (&family{n: 1, kids: []*family{{n: 2, kids: []*family{{n: 3}, {n: 4}}}, {n: 5}}}).sum(w, 0)
	})
	add("errors from the depth", func(w *World) future.Future[int] {
		return (&family{n: 1, kids: []*family{{n: 2, kids: []*family{{n: 3}, {}}}}}).sum(w, 0)
	})
	add("retries", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (s string, err error) {
			for try := 1; ; try++ {
				if try < 3 {
					s, err = future.Wait(co, w.Fail(fmt.Sprint("try ", try)))
				} else {
					s, err = future.Wait(co, w.Text("third"))
				}
				switch {
				case err == nil:
					return
				case try == 5:
					return "", errors.New("too often")
				}
				w.Log("again", try, err)
			}
		})
	})
	add("goroutines between waits", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			in, out := make(chan int), make(chan int)
			go func() {
				defer close(out)
				for n := range in {
					out <- n * n
				}
			}()
			sum := 0
			for i := range 4 {
				in <- must(future.Wait(co, w.Int(i)))
				select {
				case n := <-out:
					sum += n * must(future.Wait(co, w.Int(1)))
				}
			}
			close(in)
			_, ok := <-out
			if ok {
				sum = -1
			}
			return sum, nil
		})
	})
	add("method values live", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			p, b := point{1, 2}, new(strings.Builder)
			sum, write := p.sum, b.WriteString
			p.x = 100
			f := map[bool]func() int{true: sum, false: p.sum}
			for _, ok := range []bool{true, false} {
				write(fmt.Sprint(f[ok](), must(future.Wait(co, w.Int(p.sum()))), " "))
			}
			return b.String(), nil
		})
	})
	add("structs and arrays are copied", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			type rows [2]point
			a := rows{{1, 2}, {3, 4}}
			b := a
			b[must(future.Wait(co, w.Int(1)))].x = must(future.Wait(co, w.Int(9)))
			c := b[1]
			c.y++
			for i, r := range b {
				b[1] = point{}
				r.x += must(future.Wait(co, w.Int(i)))
				a[i].y = r.x
			}
			return fmt.Sprint(a, b, c, a == b, c == point{9, 5}), nil
		})
	})
	add("loops in loops in branches", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			var out strings.Builder
			for i := range 3 {
				if i > 0 {
					for j := i; j > 0; j-- {
						switch j {
						case 1:
							for k, r := range "ab" {
								if must(future.Wait(co, w.Int(k))) == i-1 {
									continue
								}
								fmt.Fprint(&out, i, j, string(r), " ")
							}
						default:
							var last int
							for last = range 3 {
							}
							fmt.Fprint(&out, last, must(future.Wait(co, w.Text("d"))))
						}
					}
				} else {
					out.WriteString("none ")
				}
			}
			return out.String(), nil
		})
	})
	add("a deferred call in each of several branches", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (n int, err error) {
			for _, s := range []string{"a", "b", "c"} {
				switch must(future.Wait(co, w.Text(s))) {
				case "a":
					defer func() { n++; w.Log(s, n) }()
				case "b":
					defer w.Log(s, n)
					n = must(future.Wait(co, w.Int(10)))
				default:
					func() {
						defer w.Log("inner", s)
					}()
				}
			}
			return n * 2, nil
		})
	})
	add("an error in the middle of everything", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (_ string, err error) {
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("recovered: %v", p)
				}
			}()
			for k, v := range map[string][]string{"k": {"a", "b"}} {
				for i := range v {
					if i == 1 {
						_ = k + v[i] + must(future.Wait(co, w.Text("x"))) + must(future.Wait(co, w.Fail(k))) + logged(w, "never")
					}
				}
			}
			return "never", nil
		})
	})
	add("maps of functions of closures", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			counters := map[string]func() int{}
			for _, name := range []string{"a", "b"} {
				n := must(future.Wait(co, w.Int(len(name))))
				counters[name] = func() int { n *= 3; return n }
			}
			counters["a"]()
			return counters["a"]()*100 + counters["b"]() + must(future.Wait(co, w.Int(counters["b"]()))), nil
		})
	})
}
