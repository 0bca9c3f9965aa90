//go:build stackful

package cases

import (
	"cmp"
	"fmt"
	"sync"

	"ch07/future"
)

type tree[K cmp.Ordered, V any] struct {
	left, right *tree[K, V]
	key         K
	value       V
}

// walk visits the values in their order, and waits for each.
func (t *tree[K, V]) walk(w *World, visit func(V)) future.Future[int] {
	return future.Async(func(co *future.Co) (n int, err error) {
		defer func() { w.Log("walked", t.key, n) }()
		for _, sub := range []*tree[K, V]{t.left, nil, t.right} {
			if sub != nil {
				m, err := future.Wait(co, sub.walk(w, visit))
				if err != nil {
					return n, err
				}
				n += m
				continue
			}
			if visited := any(sub) == any(t.left) || n > 100; !visited || t.left == nil {
				v, _ := future.Wait(co, Leaf(w, t.value, nil))
				defer func() { w.Log("deferred", v) }()
				visit(v)
				n++
			}
		}
		return n, nil
	})
}

func fold[S ~[]E, E any, A any](w *World, s S, a A, f func(A, E) A) future.Future[A] {
	return future.Async(func(co *future.Co) (A, error) {
		var last E
		var all []A
		for i, e := range s {
			var none A
			if i > 0 {
				none = all[i-1]
			}
			x, err := future.Wait(co, Leaf(w, f(a, e), nil))
			if err != nil {
				return none, err
			}
			a, last, all = x, e, append(all, none)
			e = last
		}
		sum := map[string]A{"a": a}
		for k, v := range sum {
			future.Wait(co, w.Text(k))
			a = v
		}
		w.Log(last, len(all))
		return a, nil
	})
}

func init() {
	add("generic methods with frames", func(w *World) future.Future[int] {
		t := &tree[string, int]{key: "b", value: 2, left: &tree[string, int]{key: "a", value: 1}, right: &tree[string, int]{key: "c", value: 3}}
		sum := 0
		f := t.walk(w, func(n int) { sum = sum*10 + n })
		return future.Async(func(co *future.Co) (int, error) {
			n, err := future.Wait(co, f)
			return n*10000 + sum, err
		})
	})
	add("generic functions with frames", func(w *World) future.Future[string] {
		return fold(w, names{"a", "bc", "d"}, "", func(a, e string) string { return e + a })
	})
	add("types of the body", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			type (
				node struct {
					next *node
					n    int
				}
				nodes []node
				ids   = map[string]*node
			)
			type once struct{ s string }
			all, byName := nodes{{n: 1}}, ids{}
			for i := range 3 {
				x := node{n: must(future.Wait(co, w.Int(i)))}
				x.next = &all[len(all)-1]
				byName[fmt.Sprint(i)] = &x
				all = append(all, x)
				future.Wait(co, w.Int(x.n))
				x.n += 5
			}
			o := once{"once"}
			f := func(n node) nodes { return append(all, n) }
			future.Wait(co, w.Int(1))
			switch x := any(f(node{n: 4})).(type) {
			case nodes:
				future.Wait(co, Leaf(w, x[0].n, nil))
				return fmt.Sprintf("%T %T %T %v %v", all, byName, o, len(x), byName["2"].n), nil
			}
			return "", nil
		})
	})
	add("constants of the body", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			const (
				a = iota + 1 // one
				b
				c = b << a
			)
			type level int8
			const low level = 3
			const big = 1 << 40
			var arr [c]int
			for i := range b {
				arr[i] = must(future.Wait(co, w.Int(a+i)))
			}
			x := low + a
			future.Wait(co, w.Int(b))
			f := func() int { return c * len(arr) }
			if must(future.Wait(co, w.Int(c))) == c {
				const a = "not even used before"
				future.Wait(co, w.Text(a))
			}
			return fmt.Sprint(arr, x, low, big/f(), c), nil
		})
	})
	add("types without names", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			s := struct {
				a int
				b []struct{ c string }
			}{a: 1}
			fs := map[string]func(int, ...string) (n int, err error){}
			var i interface {
				fmt.Stringer
				sum() int
			}
			ch := make(chan (<-chan int), 1)
			var e struct{}
			var p **[2]func()
			future.Wait(co, w.Int(1))
			s.b = append(s.b, struct{ c string }{"c"})
			fs["f"] = func(n int, s ...string) (int, error) { return n + len(s), nil }
			ch <- nil
			future.Wait(co, w.Int(must(fs["f"](must(future.Wait(co, w.Int(1))), "a", "b"))))
			return fmt.Sprint(s, len(fs), i == nil, <-ch == nil, e, p == nil), nil
		})
	})
	add("values of every kind live", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			a, b, c, d := int8(1), uint64(2), float32(3), complex(4, 5)
			e, f, g, h := 'x', "s", []byte("b"), [2]bool{true}
			i, j, k, l := any(nil), error(nil), (*int)(nil), struct{}{}
			m, n, o := uintptr(6), func() string { return "f" }, make(chan struct{})
			future.Wait(co, w.Int(1))
			return fmt.Sprintf("%T%v %T%v %T%v %T%v %T%v %T%v %T%v %T%v %T %T %T%v %T %T%v %T %T", a, a, b, b, c, c, d, d, e, e, f, f, g, g, h, h, i, j, k, k, l, m, m, n, o), nil
		})
	})
	add("a mutex lives", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			var mu sync.Mutex
			var once sync.Once
			n := 0
			for i := range 3 {
				mu.Lock()
				n += must(future.Wait(co, w.Int(i)))
				once.Do(func() { n += 100 })
				mu.Unlock()
			}
			defer mu.Unlock()
			mu.Lock()
			return future.Wait(co, w.Int(n))
		})
	})
}
