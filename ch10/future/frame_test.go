package future

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
)

// caught runs f and returns what it panics with.
func caught(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}

func TestDefersRunInReverse(t *testing.T) {
	var d Defers
	var got []string
	say := func(s string) func() { return func() { got = append(got, s) } }
	d.Push(say("first"))
	d.Push(say("second"))
	d.PushCall(func(d *Defers) {
		defer say("third")()
		d.Panic()
	})
	d.Run(nil, nil, 1, dropped(say("waits")))
	d.Run(nil) // nothing is left
	if want := "waits third second first"; strings.Join(got, " ") != want {
		t.Errorf("%q, want %q", got, want)
	}
}

type dropped func()

func (f dropped) Drop() { f() }

// TestDefersRecover: a panic goes from call to call, until one recovers or another panics.
func TestDefersRecover(t *testing.T) {
	var got []any
	recovers := func(d *Defers) {
		defer func() { got = append(got, recover()) }()
		d.Panic()
	}
	var d Defers
	d.PushCall(recovers)
	d.PushCall(recovers)
	if r := caught(func() { d.Run("one") }); r != nil || fmt.Sprint(got) != "[one <nil>]" {
		t.Errorf("%v, %v", r, got)
	}
	d.Push(func() { got = append(got, "last") })
	d.Push(func() { panic("two") })
	if r := caught(func() { d.Run("one") }); r != "two" || got[2] != "last" {
		t.Errorf("%v, %v", r, got)
	}
}

// TestDefersDrop: as when a stack unwinds; a panic of a call's own is not hidden.
func TestDefersDrop(t *testing.T) {
	ran := false
	var d Defers
	d.Push(func() { ran = true })
	if r := caught(func() { d.Drop() }); r != nil || !ran {
		t.Errorf("%v, %v", r, ran)
	}
	d.Push(func() { panic("mine") })
	if r := caught(func() { d.Drop() }); r != "mine" {
		t.Errorf("%v", r)
	}
}

// TestDefersGoexit: a call that ends the goroutine doesn't keep the others from running.
func TestDefersGoexit(t *testing.T) {
	done, ran := make(chan struct{}), false
	go func() {
		defer close(done)
		var d Defers
		d.Push(func() { ran = true })
		d.Push(func() { new(testing.T).SkipNow() })
		d.Run(nil)
	}()
	if <-done; !ran {
		t.Error("the first call didn't run")
	}
}

func TestMapRange(t *testing.T) {
	m, sum := map[string]int{"a": 1, "b": 2, "c": 3}, 0
	for r := RangeMap(m); ; {
		k, v, ok := r.Next()
		if !ok {
			break
		}
		if sum += v; m[k] != v {
			t.Errorf("%q: %d", k, v)
		}
		if k == "a" {
			delete(m, "a")
		}
	}
	if sum != 6 {
		t.Errorf("sum %d", sum)
	}
}

func TestNextRune(t *testing.T) {
	var got []rune
	for r, i, ok := NextRune("aé\xff", 0); ok; r, i, ok = NextRune("aé\xff", i) {
		got = append(got, r)
	}
	if string(got) != "aé\uFFFD" {
		t.Errorf("%q", got)
	}
}

func TestFuncRange(t *testing.T) {
	var log []string
	seq := func(yield func(int) bool) {
		defer func() { log = append(log, "ends") }()
		for i := range 3 {
			if !yield(i) {
				log = append(log, "stopped")
				return
			}
		}
	}
	var d Defers
	r := RangeFunc(&d, Seq1(seq))
	for want := range 3 {
		if k, _, ok := r.Next(); k != want || !ok {
			t.Errorf("%d, %v; want %d", k, ok, want)
		}
	}
	if _, _, ok := r.Next(); ok {
		t.Error("more than three")
	}
	r.Stop()

	r = RangeFunc(&d, Seq1(seq)) // the loop is left
	r.Next()
	r.Stop()
	r = RangeFunc(&d, Seq1(seq)) // the body panics
	r.Next()
	if p := caught(func() { d.Run("body") }); p != "body" {
		t.Errorf("%v", p)
	}
	if want := []string{"ends", "stopped", "ends", "ends"}; !slices.Equal(log, want) {
		t.Errorf("%q, want %q", log, want)
	}
}

func TestSeqs(t *testing.T) {
	n := 0
	for range Seq0(func(yield func() bool) { _ = yield() && yield() }) {
		n++
	}
	for k, v := range Seq2(iter.Seq2[int, int](func(yield func(int, int) bool) { yield(3, 4) })) {
		n += k * v
	}
	if n != 14 {
		t.Error(n)
	}
}
