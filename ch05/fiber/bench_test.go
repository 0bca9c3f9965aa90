//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"iter"
	"testing"
)

// One operation is one switch, in all three.

func BenchmarkSwitch(b *testing.B) {
	rt := open(b, Options{})
	b.ResetTimer()
	if _, err := rt.Switches(b.N); err != nil {
		b.Fatal(err)
	}
}

// A Yield is a switch to Run and one to the next fiber: two.
func BenchmarkYield(b *testing.B) {
	rt := open(b, Options{})
	for range 2 {
		spawn(b, func() {
			for range b.N / 4 {
				Yield()
			}
		})
	}
	b.ResetTimer()
	if err := rt.Run(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkPull(b *testing.B) {
	next, stop := iter.Pull(func(yield func(int) bool) {
		for yield(0) {
		}
	})
	defer stop()
	for range b.N / 2 {
		next()
	}
}
