//go:build stackful

package cases

import (
	"iter"
	"strings"

	"ch10/future"
)

func count(w *World, n int) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		defer w.Log("count ends")
		for i := range n {
			if !yield(i, strings.Repeat("x", i)) {
				return
			}
		}
	}
}

func init() {
	add("loops", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			sum := 0
		outer:
			for i := 0; i < 5; i++ {
				switch {
				case i == 1:
					continue
				case i == 3:
					break outer
				case i == 2:
					for {
						sum += 100
						continue outer
					}
				default:
					sum++
					fallthrough
				case i > 100:
					sum += 10
				}
			}
			w.Log(sum)
			n, err := future.Wait(co, w.Int(sum))
			for n > 3 {
				if n--; n == 50 {
					return n, err
				}
			}
			return 0, nil
		})
	})
	add("range over func", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			for i, s := range count(w, 2) {
				w.Log(i, s)
			}
			future.Wait(co, w.Int(1))
			for i, s := range count(w, 5) {
				if i == 3 {
					return s, nil
				}
			}
			return pair(w, "end")
		})
	})
	add("return of a call in a range over func", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			for _, s := range count(w, 5) {
				for range count(w, 1) {
					return pair(w, s)
				}
			}
			panic("not here")
		})
	})
	add("select", func(w *World) future.Future[int] {
		ch := make(chan int, 1)
		return future.Async(func(co *future.Co) (int, error) {
			select {
			case ch <- 5:
				w.Log("sent")
			default:
				return 0, nil
			}
			future.Wait(co, w.Int(1))
			select {
			case v, ok := <-ch:
				w.Log(v, ok)
				return v, nil
			}
		})
	})
	add("type switch", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			v, err := future.Wait(co, Leaf[any](w, 3, nil))
			switch v := v.(type) {
			case string:
				return v, err
			case int, bool:
				w.Log(v)
			}
			return "other", err
		})
	})
	add("local declarations", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			type pair struct{ a, b int }
			const k = 3
			var p pair = pair{b: k}
			future.Wait(co, w.Int(p.b))
			type other = []int
			const l = iota + 1
			return len(other{l, l}), nil
		})
	})
	add("defer and recover inside", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			func() {
				defer func() { w.Log("recovered", recover()) }()
				panic("inside")
			}()
			n, err := future.Wait(co, w.Int(2))
			n = func() (m int) {
				defer func() { m *= n }()
				return 21
			}()
			return n, err
		})
	})
	add("ends in a loop", func(w *World) future.Future[int] {
		return future.Async(func(co *future.Co) (int, error) {
			n, err := future.Wait(co, w.Int(2))
			for {
				if n *= 3; n > 100 {
					return n, err
				}
			}
		})
	})
	add("coroutines of coroutines", func(w *World) future.Future[string] {
		return future.Async(func(co *future.Co) (string, error) {
			v, err := future.Wait(co, request(w, "a"))
			w.Log(v, err)
			return future.Wait(co, request(w, v))
		})
	})
	add("recursion", func(w *World) future.Future[int] { return factorial(w, 4) })
	add("join", func(w *World) future.Future[[]string] {
		return future.Async(func(co *future.Co) ([]string, error) {
			return future.Wait(co, future.JoinAll(w.Text("a"), w.Fail("b"), w.Text("c")))
		})
	})
	add("comments", commented)
}

func request(w *World, s string) future.Future[string] {
	return future.Async(func(co *future.Co) (string, error) {
		w.Log("request", s)
		v, err := future.Wait(co, w.Text(s+s))
		return v, err
	})
}

func factorial(w *World, n int) future.Future[int] {
	if n == 0 {
		return w.Int(1)
	}
	next := factorial(w, n-1)
	return mapped(next, func(m int) int { w.Log(n, m); return n * m })
}

// commented has a comment 1 wherever one can be.
func commented(w *World) /* comment 2 */ future.Future[string] { // comment 3
	// comment 4
	return future.Async( /* comment 5 */ func(co /* comment 6 */ *future.Co) (string, error) { // comment 7
		// comment 8

		w.Log(`raw
	// no comment`) /* comment 9 */ // comment 10
		/* comment 11 */ v /* comment 12 */, err := /* comment 13 */ future.Wait( /* comment 14 */ co /* comment 15 */, w.Text( // comment 16
			"a" /* comment 17 */) /* comment 18 */) /* comment 19 */ // comment 20
		// comment 21
		/* comment 22 */
		if err != nil { // comment 23
			return /* comment 24 */ pair /* comment 25 */ (w, "x" /* comment 26 */) // comment 27
		}
		// comment 28
		return /* comment 29 */ v /* comment 30 */ /* comment 31 */, err /* comment 32 */ // comment 33
		// comment 34
	} /* comment 35 */) // comment 36
	// comment 37
} // comment 38

// comment 39
