package future

import (
	"reflect"
	"unicode/utf8"
)

// Defers is the list of a coroutine's deferred calls. It is in the coroutine's frame, since the
// function that defers them, Poll, returns many times before they are to run.
type Defers struct{ calls []func(panics func()) }

// Push defers a call without arguments.
func (d *Defers) Push(call func()) {
	d.PushCall(func(panics func()) {
		defer call()
		panics()
	})
}

// PushCall defers what call defers before it calls panics. That panics if the coroutine does. So the
// function that is deferred can recover, which only those can that are called by defer itself.
func (d *Defers) PushCall(call func(panics func())) { d.calls = append(d.calls, call) }

// Run runs the deferred calls, the last one first. With a value that isn't nil the
// coroutine panics with it: Run does so, too, unless one of the calls recovers.
func (d *Defers) Run(panicking any) {
	over := false
	defer func() {
		if !over { // a call has ended the goroutine: the others run all the same
			d.Run(nil)
		}
	}()
	for len(d.calls) > 0 {
		last := len(d.calls) - 1
		call := d.calls[last]
		d.calls[last], d.calls = nil, d.calls[:last]
		panicking = runDeferred(call, panicking)
	}
	over = true
	if panicking != nil {
		panic(panicking)
	}
}

// Drop runs the deferred calls as Drop of a coroutine with a stack does: as if it
// panicked with a value that nobody knows.
func (d *Defers) Drop() {
	defer func() {
		if r := recover(); r != nil && r != (unwind{}) {
			panic(r)
		}
	}()
	d.Run(unwind{})
}

// runDeferred runs one call and returns the value that the coroutine panics with after that.
func runDeferred(call func(panics func()), panicking any) (after any) {
	defer func() { after = recover() }()
	call(func() {
		if panicking != nil {
			panic(panicking)
		}
	})
	return nil
}

// A MapRange goes over a map, one step at a time: as range does, but it can be put aside.
// Only package reflect has an iterator that does, and that sees what range sees of a map that changes.
type MapRange[K comparable, V any] struct{ iter *reflect.MapIter }

// RangeMap begins.
func RangeMap[M ~map[K]V, K comparable, V any](m M) *MapRange[K, V] {
	return &MapRange[K, V]{reflect.ValueOf(m).MapRange()}
}

// Next returns the next key and its value, if there is one.
func (r *MapRange[K, V]) Next() (k K, v V, ok bool) {
	if !r.iter.Next() {
		return k, v, false
	}
	reflect.ValueOf(&k).Elem().SetIterKey(r.iter)
	reflect.ValueOf(&v).Elem().SetIterValue(r.iter)
	return k, v, true
}

// NextRune returns the character of s that begins at i, and where the next one does.
func NextRune(s string, i int) (r rune, next int) {
	r, size := utf8.DecodeRuneInString(s[i:])
	return r, i + size
}
