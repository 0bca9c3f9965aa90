//go:build stackful

package cases

import (
	"cmp"
	"fmt"
	"slices"

	"ch10/future"
)

func largest[T cmp.Ordered, S ~[]T](w *World, all S) future.Future[T] {
	return future.Async(func(co *future.Co) (T, error) {
		v, err := future.Wait(co, Leaf(w, slices.Max(all), nil))
		var none T
		w.Log(none)
		return v, err
	})
}

type box[K comparable, V any] struct {
	m map[K]V
}

func (b *box[Key, Value]) get(w *World, k Key) future.Future[Value] {
	return future.Async(func(co *future.Co) (Value, error) {
		key, err := future.Wait(co, Leaf(w, k, nil))
		if v, ok := b.m[key]; ok {
			return v, err
		}
		var none Value
		return none, fmt.Errorf("no %v", key)
	})
}

type pointerTo[T any] interface {
	*T
	set(string)
}

type settable struct{ s string }

func (s *settable) set(v string) { s.s = v }

func made[T any, P pointerTo[T]](w *World) future.Future[T] {
	return future.Async(func(co *future.Co) (T, error) {
		s, err := future.Wait(co, w.Text("s"))
		var v T
		P(&v).set(s)
		return v, err
	})
}

func mapped[A, B any](f future.Future[A], to func(A) B) future.Future[B] {
	return future.Async[B](func(co *future.Co) (B, error) {
		a, err := future.Wait[A](co, f)
		return to(a), err
	})
}

func init() {
	add("generic function", func(w *World) future.Future[string] { return largest(w, []string{"b", "c", "a"}) })
	add("generic method", func(w *World) future.Future[bool] {
		return (&box[int, bool]{map[int]bool{3: true}}).get(w, 3)
	})
	add("generic method, error", func(w *World) future.Future[[]int] { return new(box[string, []int]).get(w, "k") })
	add("pointer constraint", func(w *World) future.Future[settable] { return made[settable](w) })
	add("explicit type arguments", func(w *World) future.Future[string] {
		return mapped(mapped(w.Int(3), func(n int) float64 { return float64(n) / 2 }), func(x float64) string { return fmt.Sprint(x, "!") })
	})
	add("wait for another type", func(w *World) future.Future[any] {
		return future.Async(func(co *future.Co) (any, error) {
			v, err := future.Wait[map[string][]int](co, Leaf(w, map[string][]int{"a": {1}}, nil))
			w.Log(v["a"])
			return v, err
		})
	})
}
