package future

import (
	"iter"
	"reflect"
	"unicode/utf8"
)

// Defers is the list of a coroutine's deferred calls. It is in the coroutine's frame, since the
// function that defers them, Poll, returns many times before they are to run.
type Defers struct {
	before    func()   // is called before all else
	first     deferred // which most have only one of
	more      []deferred
	panicking any // what the coroutine panics with while they run
	ranges    *stopper
}

// A deferred is a call: one without arguments, or one that defers what it is to defer itself, and then calls
// Panic. So what is deferred can recover, which only functions can that defer itself calls.
type deferred struct {
	call   func()
	defers func(d *Defers)
}

// Push defers a call without arguments.
func (d *Defers) Push(call func()) { d.push(deferred{call: call}) }

// PushCall defers what call defers, before it calls Panic.
func (d *Defers) PushCall(call func(d *Defers)) { d.push(deferred{defers: call}) }

// Before has a call run before all others, and before ranges over functions are left: to drop what is waited for.
func (d *Defers) Before(call func()) { d.before = call }

func (d *Defers) push(call deferred) {
	if d.first.call == nil && d.first.defers == nil && d.more == nil {
		d.first = call
	} else {
		d.more = append(d.more, call)
	}
}

// Panic panics if the coroutine does.
func (d *Defers) Panic() {
	if d.panicking != nil {
		panic(d.panicking)
	}
}

// Run runs the deferred calls, the last one first. With a value that isn't nil the
// coroutine panics with it: Run does so, too, unless one of the calls recovers.
func (d *Defers) Run(panicking any) {
	over := false
	defer func() {
		if !over { // a call has ended the goroutine: the others run all the same
			d.Run(nil)
		}
	}()
	d.panicking = panicking
	if before := d.before; before != nil {
		d.before = nil
		d.runOne(deferred{call: before})
	}
	for d.ranges != nil {
		d.leave(d.ranges)
	}
	for {
		call := d.first
		if last := len(d.more) - 1; last >= 0 {
			call, d.more[last] = d.more[last], deferred{}
			d.more = d.more[:last]
		} else if d.first = (deferred{}); call.call == nil && call.defers == nil {
			break
		}
		d.runOne(call)
	}
	over = true
	panicking, d.panicking = d.panicking, nil
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

// runOne runs one call, and finds out what the coroutine panics with after that.
func (d *Defers) runOne(f deferred) {
	defer func() { d.panicking = recover() }()
	if f.defers != nil {
		f.defers(d)
		return
	}
	defer f.call()
	d.Panic()
}

// leave has the function of a range return, or panic as the body of its loop does.
func (d *Defers) leave(r *stopper) {
	defer func() { d.panicking = recover() }()
	r.stop(d.panicking)
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

// NextRune returns the character of s that begins at i, if there is one, and where the next one does.
func NextRune[S ~string](s S, i int) (r rune, next int, ok bool) {
	r, size := utf8.DecodeRuneInString(string(s[i:]))
	return r, i + size, size > 0
}

// A FuncRange goes over what a function yields, one step at a time: the function runs on a coroutine of its own.
type FuncRange[K, V any] struct {
	next func() (K, V, bool)
	end  stopper
}

// A stopper has a function return that yields to a loop which has been left, or panic as its body does.
type stopper struct {
	stop  func(panicking any)
	outer *stopper
}

// RangeFunc begins. If the loop isn't left by then, the function ends before the calls in d run.
func RangeFunc[K, V any](d *Defers, seq iter.Seq2[K, V]) *FuncRange[K, V] {
	var panics any
	ended := false
	next, stop := iter.Pull2(func(yield func(K, V) bool) {
		defer func() { ended = true }()
		for k, v := range seq { // Go sees to it that seq keeps the rules
			if !yield(k, v) {
				if panics != nil {
					panic(panics)
				}
				return
			}
		}
	})
	r := &FuncRange[K, V]{next: next}
	r.end = stopper{outer: d.ranges, stop: func(panicking any) {
		if d.ranges != &r.end {
			return
		}
		d.ranges, panics = r.end.outer, panicking
		if ended && panicking != nil { // it is seq that panics
			panic(panicking)
		}
		stop()
	}}
	d.ranges = &r.end
	return r
}

// Next returns what the function yields next, if it does.
func (r *FuncRange[K, V]) Next() (K, V, bool) { return r.next() }

// Stop has the function return.
func (r *FuncRange[K, V]) Stop() { r.end.stop(nil) }

// Seq0, Seq1 and Seq2 make of a function that yields so many values, whatever its types are called, one that yields two.
func Seq0[F ~func(Y), Y ~func() bool](seq F) iter.Seq2[struct{}, struct{}] {
	return func(yield func(struct{}, struct{}) bool) {
		seq(func() bool { return yield(struct{}{}, struct{}{}) })
	}
}

func Seq1[F ~func(Y), Y ~func(K) bool, K any](seq F) iter.Seq2[K, struct{}] {
	return func(yield func(K, struct{}) bool) {
		seq(func(k K) bool { return yield(k, struct{}{}) })
	}
}

func Seq2[F ~func(Y), Y ~func(K, V) bool, K, V any](seq F) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) { seq(yield) }
}
