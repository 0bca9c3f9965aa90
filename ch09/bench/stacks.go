package bench

import "ch09/future"

// The same as in waits.go, in a file that corofy leaves alone.

func waitsOnStack(n int, l *leaf) future.Future[int] {
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

func guardedOnStack(l *leaf, unlock func()) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		defer unlock()
		return future.Wait(co, l.again())
	})
}
