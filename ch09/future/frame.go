package future

import (
	"iter"
	"reflect"
	"unicode/utf8"
)

// Defers is the list of a coroutine's deferred calls. It is in the coroutine's frame, because
// Poll, the function that defers them, returns many times before they may run.
type Defers struct {
	first     deferred // most coroutines have only one
	more      []deferred
	panicking any // value that the coroutine panics with while they run, or nil
	ranges    *stopper
}

// A deferred is a call without arguments, or a function that defers a call itself and then calls Panic. The second
// form lets the call recover, because recover works only in a function that a defer statement calls.
type deferred struct {
	call   func()
	defers func(d *Defers)
}

// Push defers a call without arguments.
func (d *Defers) Push(call func()) { d.push(deferred{call: call}) }

// PushCall adds call, which defers one call itself and then calls Panic.
func (d *Defers) PushCall(call func(d *Defers)) { d.push(deferred{defers: call}) }

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

// Run drops those of waits that are a [Dropper]: the future that the coroutine waits for is one of them. Then it runs
// the deferred calls, the last one first. If panicking isn't nil, the coroutine panics with it, and so does Run, unless one of
// the calls recovers.
func (d *Defers) Run(panicking any, waits ...any) {
	over := false
	defer func() {
		if !over { // a call has ended the goroutine, and the others still have to run
			d.Run(nil)
		}
	}()
	d.panicking = panicking
	for _, f := range waits {
		if f, ok := f.(Dropper); ok {
			d.runOne(deferred{call: f.Drop})
		}
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

// Drop is Run with the panic by which a coroutine on a stack is dropped. The panic has a private type, and ends here.
func (d *Defers) Drop(waits ...any) {
	defer func() {
		if r := recover(); r != nil && r != (unwind{}) {
			panic(r)
		}
	}()
	d.Run(unwind{}, waits...)
}

// runOne runs one call, and sets panicking to the value that the coroutine panics with after it.
func (d *Defers) runOne(f deferred) {
	defer func() { d.panicking = recover() }()
	if f.defers != nil {
		f.defers(d)
		return
	}
	defer f.call()
	d.Panic()
}

// leave makes the function of a range return, or panic as the body of its loop does.
func (d *Defers) leave(r *stopper) {
	defer func() { d.panicking = recover() }()
	r.stop(d.panicking)
}

// Box returns a new variable with the value v. Functions of the body, and pointers, may keep it when the coroutine has another.
func Box[T any](v T) *T { return &v }

// A MapRange goes over a map as range does, but one step at a time, so that the coroutine can wait between two steps.
// It uses the iterator of package reflect, the only one that sees changes of the map as range does.
type MapRange[K comparable, V any] struct{ iter *reflect.MapIter }

// RangeMap begins a range over m.
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

// NextRune returns the character of s that begins at i, and the index of the next one. At the end of s, ok is false.
func NextRune[S ~string](s S, i int) (r rune, next int, ok bool) {
	r, size := utf8.DecodeRuneInString(string(s[i:]))
	return r, i + size, size > 0
}

// A FuncRange goes over the values that a function yields, one step at a time. The function runs on a coroutine of its own.
type FuncRange[K, V any] struct {
	next func() (K, V, bool)
	end  stopper
}

// A stopper makes a function return whose loop has been left, or panic as the body of the loop does.
type stopper struct {
	stop  func(panicking any)
	outer *stopper
}

// RangeFunc begins a range over seq. If the loop is still running then, seq ends before the calls in d run.
func RangeFunc[K, V any](d *Defers, seq iter.Seq2[K, V]) *FuncRange[K, V] {
	var panics any
	ended := false
	next, stop := iter.Pull2(func(yield func(K, V) bool) {
		defer func() { ended = true }()
		for k, v := range seq { // a range statement, so that Go checks that seq keeps the rules
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
		if ended && panicking != nil { // seq itself panics
			panic(panicking)
		}
		stop()
	}}
	d.ranges = &r.end
	return r
}

// Next returns the next values that the function yields. If it has returned, ok is false.
func (r *FuncRange[K, V]) Next() (K, V, bool) { return r.next() }

// Stop makes the function return.
func (r *FuncRange[K, V]) Stop() { r.end.stop(nil) }

// Seq0, Seq1 and Seq2 take a function that yields that many values, of any named type, and return one that yields two.
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
