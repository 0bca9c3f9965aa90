//go:build stackful

package bench

import "ch09/future"

// waits adds up what n waits return.
func waits(n int, l *leaf) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		sum := 0
		for range n {
			v, err := future.Wait(co, l.again())
			if err != nil {
				return sum, err
			}
			sum += v
		}
		return sum, nil
	})
}

// guarded waits once, with a call to come.
func guarded(l *leaf, unlock func()) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		defer unlock()
		return future.Wait(co, l.again())
	})
}
