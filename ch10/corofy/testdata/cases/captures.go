//go:build stackful

package cases

import (
	"fmt"
	"sync"

	fut "ch10/future"
)

type point struct{ x, y int }

func (p point) sum() int { return p.x + p.y }

type account struct {
	name  string
	total int
	point
}

func (a *account) pay(w *World, n int) fut.Future[int] {
	return fut.Async(func(co *fut.Co) (int, error) {
		n, err := fut.Wait(co, w.Int(n))
		a.total += n
		w.Log(a.name, a.total, a.sum())
		return a.total, err
	})
}

func (a account) spell(w *World) (f fut.Future[string]) {
	return fut.Async(func(*fut.Co) (string, error) { return a.name, nil })
}

type maker func(w *World) fut.Future[string]

// It comes before counter, which only the coroutine mentions: no matter, nothing runs yet.
var packageLevel = maker(func(w *World) fut.Future[string] {
	return fut.Async(func(co *fut.Co) (string, error) {
		v, err := fut.Wait(co, w.Text("p"))
		return v + fmt.Sprint(counter), err
	})
})

var (
	counter = 40
	_       = fut.Async(func(*fut.Co) (int, error) { return counter, nil })
	atOnce  = fut.Async(func(*fut.Co) (int, error) { counter++; return counter, nil })
)

func two(w *World) (a, b fut.Future[string]) {
	return fut.Async(func(co *fut.Co) (string, error) { return fut.Wait(co, w.Text("a")) }),
		fut.Async(func(co *fut.Co) (string, error) { return fut.Wait(co, w.Text("b")) })
}

func variadic(w *World, all ...string) fut.Future[int] {
	return fut.Async(func(co *fut.Co) (int, error) {
		for _, s := range all {
			w.Log(s)
		}
		return len(all), nil
	})
}

func init() {
	add("method", func(w *World) fut.Future[int] { return (&account{name: "me", total: 1}).pay(w, 2) })
	add("method of a value", func(w *World) fut.Future[string] { return account{name: "you"}.spell(w) })
	add("package level", func(w *World) fut.Future[string] { return packageLevel(w) })
	add("package level, shared", func(w *World) fut.Future[int] {
		return fut.Async(func(co *fut.Co) (int, error) {
			counter = 1
			_, err := fut.Wait(co, w.Int(1))
			counter++
			return counter, err
		})
	})
	add("several in one expression", func(w *World) fut.Future[[]string] {
		a, b := two(w)
		return fut.Async(func(co *fut.Co) ([]string, error) {
			x, err := fut.Wait(co, b)
			w.Log(x, err)
			y, err := fut.Wait(co, a)
			return []string{y}, err
		})
	})
	add("variadic", func(w *World) fut.Future[int] { return variadic(w, "a", "b") })
	add("loop variables", func(w *World) fut.Future[[]int] {
		var all []fut.Future[int]
		for i := range 3 {
			for _, s := range []string{"a", "b"} {
				all = append(all, fut.Async(func(co *fut.Co) (int, error) {
					return i*10 + len(s), nil
				}))
			}
		}
		return fut.JoinAll(all...)
	})
	add("closures", func(w *World) fut.Future[int] {
		k, s := 3, []string{"s"}
		get := func() fut.Future[int] {
			inner := 4
			return fut.Async(func(co *fut.Co) (int, error) {
				add := func(n int) func() int { return func() int { return n + k + inner } }
				v, err := fut.Wait(co, w.Int(add(1)()))
				s[0] += fmt.Sprint(func() int { return k }(), v)
				w.Log(s)
				return inner, err
			})
		}
		return get()
	})
	add("goroutines", func(w *World) fut.Future[int] {
		m, ch := map[int]int{}, make(chan int, 8)
		return fut.Async(func(co *fut.Co) (int, error) {
			var wg sync.WaitGroup
			for i := range 4 {
				wg.Go(func() { ch <- i * i })
			}
			wg.Wait()
			future, err := fut.Wait(co, w.Int(cap(ch)))
			go func(n int) { m[0] = n; ch <- 100 }(future)
			sum := 0
			for range 5 {
				sum += <-ch
			}
			return sum + m[0], err
		})
	})
	add("keys", func(w *World) fut.Future[string] {
		x, y, name, i := 1, 2, "n", 1
		return fut.Async(func(co *fut.Co) (string, error) {
			w.Log(point{x: x, y: y}, account{name: name, total: y, point: point{y: x}}, map[int]int{x: y}, []struct{ x int }{{x: y}}[i-x].x)
			v, err := fut.Wait(co, Leaf(w, struct{ x, y int }{x: y, y: x}, nil))
			w.Log(v.x, x, v.y, y)
			return name, err
		})
	})
	add("shadowing", func(w *World) fut.Future[int] {
		x, w2 := 1, w
		return fut.Async(func(co *fut.Co) (int, error) {
			w2.Log(x)
			{
				x := x + 1
				w := w2
				w.Log(x)
				if x := x * 10; x > 0 {
					w.Log(x)
				}
			}
			x, err := fut.Wait(co, w.Int(x+5))
			w.Log(x, func(x int) int { return x * x }(9))
			switch x := any(x).(type) {
			case int:
				w.Log(x + 1)
			}
			return x, err
		})
	})
	add("generated names", func(w *World) fut.Future[int] {
		c, zero, state, fut1, Poll, Drop, initCoroutine, Poll_ := 1, 2, 3, 4, 5, 6, 7, 8
		return fut.Async(func(co *fut.Co) (int, error) {
			w.Log(c, zero, state, fut1, Poll, Drop, initCoroutine, Poll_)
			v, err := fut.Wait(co, w.Int(c+zero+state+fut1+Poll+Drop+initCoroutine))
			w.Log(v, err)
			{
				err, v2 := 1, "v2"
				w.Log(err, v2)
			}
			return fut.Wait(co, w.Int(8))
		})
	})
	add("names of a return", func(w *World) fut.Future[string] {
		v, err, v2 := "v", "err", "v2"
		return fut.Async(func(co *fut.Co) (string, error) { return pair(w, v+err+v2) })
	})
	add("arrays", func(w *World) fut.Future[int] {
		a := [...]int{1, 2, 3}
		return fut.Async(func(co *fut.Co) (int, error) {
			const n = len(a)
			sum := [n]int{}
			for i, x := range a {
				sum[i] = x * len(a)
			}
			w.Log(sum)
			return a[2], nil
		})
	})
	add("type switch around", func(w *World) fut.Future[string] {
		switch x := any(w).(type) {
		case *World:
			return fut.Async(func(co *fut.Co) (string, error) {
				v, err := fut.Wait(co, x.Text("x"))
				return v, err
			})
		default:
			return nil
		}
	})
	add("methods as values", func(w *World) fut.Future[int] {
		p := point{3, 4}
		return fut.Async(func(co *fut.Co) (int, error) {
			f, g := p.sum, point.sum
			w.Log(g(p))
			v, err := fut.Wait(co, w.Int(f()))
			w.Log(v)
			return p.sum(), err
		})
	})
}
