package bench

import (
	"reflect"
	"testing"

	"ch09/future"
)

var kinds = []struct {
	name    string
	waits   func(n int, l *leaf) future.Future[int]
	guarded func(l *leaf, unlock func()) future.Future[int]
}{
	{"by-hand", func(n int, l *leaf) future.Future[int] { return &waitsByHand{n: n, l: l} },
		func(l *leaf, unlock func()) future.Future[int] { return &guardedByHand{l: l, unlock: unlock} }},
	{"corofied", waits, guarded},
	{"stackful", waitsOnStack, guardedOnStack},
}

func run(f future.Future[int]) (v int, err error) {
	for v, err = f.Poll(future.NoopWaker); err == future.NotReady; v, err = f.Poll(future.NoopWaker) {
	}
	return v, err
}

// BenchmarkWait tells what one of many waits in a coroutine costs.
func BenchmarkWait(b *testing.B) {
	for pending, name := range []string{"ready-at-once", "pending-once"} {
		for _, k := range kinds {
			b.Run(name+"/"+k.name, func(b *testing.B) {
				b.ReportAllocs()
				f := k.waits(b.N, &leaf{pending: pending})
				if n, err := run(f); n != b.N || err != nil {
					b.Fatal(n, err)
				}
			})
		}
	}
}

// BenchmarkDefer is for a coroutine with a deferred call, from its making to its end.
func BenchmarkDefer(b *testing.B) {
	for _, k := range kinds {
		b.Run(k.name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			unlock := func() { n++ }
			l := &leaf{pending: 1}
			for b.Loop() {
				run(k.guarded(l, unlock))
			}
		})
	}
}

// TestCosts: all three do the same, a frame has at most a word more than one would write, and a defer allocates
// nothing but what it is to call.
func TestCosts(t *testing.T) {
	for _, k := range kinds {
		unlocked := 0
		for pending := range 3 {
			if n, err := run(k.waits(10, &leaf{pending: pending})); n != 10 || err != nil {
				t.Errorf("%s, pending %d: %d, %v", k.name, pending, n, err)
			}
			if n, err := run(k.guarded(&leaf{pending: pending}, func() { unlocked++ })); n != 1 || err != nil {
				t.Errorf("%s, pending %d: %d, %v", k.name, pending, n, err)
			}
		}
		if unlocked != 3 {
			t.Errorf("%s: unlocked %d times", k.name, unlocked)
		}
	}
	size := func(f future.Future[int]) uintptr { return reflect.TypeOf(f).Elem().Size() }
	hand, tool, stack := size(kinds[0].waits(1, nil)), size(kinds[1].waits(1, nil)), size(kinds[2].waits(1, nil))
	t.Logf("bytes of a frame: %d by hand, %d corofied", hand, tool)
	if word := reflect.TypeFor[uintptr]().Size(); tool != stack && tool > hand+word {
		t.Errorf("a frame has %d bytes; by hand %d", tool, hand)
	}
	l, unlock := &leaf{}, func() {}
	byHand := testing.AllocsPerRun(100, func() { run(kinds[0].guarded(l, unlock)) })
	corofied := testing.AllocsPerRun(100, func() { run(kinds[1].guarded(l, unlock)) })
	t.Logf("allocations with a defer: %v by hand, %v corofied", byHand, corofied)
	if tool != stack && corofied > byHand+1 {
		t.Errorf("a defer costs %v allocations; by hand %v", corofied, byHand)
	}
}
