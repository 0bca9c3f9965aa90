// It runs random programs: coroutines that a test writes into files beside this one.
// For each it prints a hash of what the program does, or all of it for those that are
// named as arguments.
package main

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"strings"

	"ch10/future"
)

// A World is what one run of a program can see and do.
type World struct {
	pending int // how often each leaf isn't ready
	fuel    int // rounds of loops, and calls of functions, that are left
	later   []func() int
	log     strings.Builder
	drops   strings.Builder // apart: what has panicked may be dropped at once, or when all is
}

// Log notes what happens: the trace.
func (w *World) Log(a ...any) {
	for _, v := range a {
		w.log.WriteString(show(v))
		w.log.WriteByte(' ')
	}
	w.log.WriteByte('\n')
}

// show tells two values apart, but not two runs.
func show(v any) string {
	switch v := v.(type) {
	case *int:
		if v == nil {
			return "nil pointer"
		}
		return fmt.Sprint("&", *v)
	case *point:
		if v == nil {
			return "nil pointer"
		}
		return fmt.Sprint("&", *v)
	case func() int:
		return "a function"
	case chan int:
		return fmt.Sprint("chan ", len(v), cap(v))
	}
	s := fmt.Sprint(v)
	return fmt.Sprintf("%#v", s[:min(len(s), 500)]) // or s += show(s) in a loop would fill the memory
}

// Go is false when a program has run long enough.
func (w *World) Go() bool {
	w.fuel--
	return w.fuel >= 0
}

// Later keeps a function, which Now or the end of the run calls.
func (w *World) Later(f func() int) { w.later = append(w.later, f) }

func (w *World) Now() {
	for _, f := range slices.Clone(w.later) {
		w.Log("later", f())
	}
}

// I and the like show when a value is looked at.
func (w *World) I(v int) int       { w.Log("int", v); return v }
func (w *World) S(v string) string { w.Log("string", v); return v }
func (w *World) B(v bool) bool     { w.Log("bool", v); return v }

func (w *World) Chan(v int) chan int {
	w.Log("chan", v)
	ch := make(chan int, 1)
	ch <- v
	return ch
}

func (w *World) Closed(vs ...int) chan int {
	w.Log("closed", vs)
	ch := make(chan int, len(vs))
	for _, v := range vs {
		ch <- v
	}
	close(ch)
	return ch
}

func (w *World) Never() chan int { w.Log("never"); return nil }

func (w *World) Seq(n int) func(yield func(int, string) bool) {
	w.Log("seq", n)
	return func(yield func(int, string) bool) {
		defer w.Log("seq ends")
		for i := range max(n, 0) % 5 {
			if !yield(i, strings.Repeat("s", i)) {
				return
			}
		}
	}
}

type point struct {
	a int
	b string
}

func (p *point) Add(n int) int { p.a += n; return p.a }
func (p point) Sum() int       { return p.a + len(p.b) }

type summer interface{ Sum() int }

type pair struct {
	x int
	y string
}

func id[T any](v T) T                         { return v }
func eq[T comparable](a, b T) bool            { return a == b }
func three[A, B, C any](a A, b B, c C) string { return show(a) + show(b) + show(c) }
func call(f func() int) int                   { return f() }
func logged[T any](w *World, v T)             { w.Log("logged", v) }
func called(w *World, f func(int) int, n int) { w.Log("called", f(n)) }

// After changes something, and returns a future of v.
func After[T any](w *World, v T, do func()) future.Future[T] { do(); return Leaf(w, v, nil) }

func at(s []int, i int) int {
	if i < 0 || i >= len(s) {
		return -1
	}
	return s[i]
}

// push is append, where no two slices share what is behind their ends, and none is long.
func push(s []int, v ...int) []int {
	s = append(slices.Clip(s), v...)
	return s[:min(len(s), 20)]
}

func cut(s string) string { return s[:min(len(s), 20)] }

func must[T any](v T, _ error) T                { return v }
func text[T any](v T, err error) string         { return show(v) + " " + show(err) }
func failed[T any](_ T, err error) bool         { return err != nil }
func two[T any](w *World, v T) (T, error)       { w.Log("two", v); return v, nil }
func swap[T any](w *World, v T, e error) (T, T) { w.Log("swap", v, e); return v, v }

func check[T any](v T, err error) T {
	if err != nil {
		panic("check: " + err.Error())
	}
	return v
}

// Leaf returns a future of v and err that tells what becomes of it. Frames keep the future itself, because its type is marked
// and shows. Fail hides the type.
func Leaf[T any](w *World, v T, err error) *leaf[T] {
	w.Log("make", v)
	return &leaf[T]{w: w, pending: w.pending, v: v, err: err}
}

func Fail[T any](w *World, v T) future.Future[T] { return Leaf(w, v, errors.New("failed "+show(v))) }

// Panic returns a future that isn't ready as often as others, and then panics.
func Panic[T any](w *World, v T) *leaf[T] {
	return &leaf[T]{w: w, pending: w.pending, v: v, panics: true}
}

// Inner returns a coroutine that has a stack, unless waits wait.
func Inner[T any](w *World, v T) future.Future[T] {
	return future.Async(func(co *future.Co) (T, error) {
		defer w.Log("inner ends")
		v, err := future.Wait(co, Leaf(w, v, nil))
		future.Wait(co, Leaf(w, 0, nil))
		return v, err
	})
}

type leaf[T any] struct {
	_            future.Movable
	w            *World
	self         *leaf[T] // since the first poll
	pending      int
	v            T
	err          error
	panics, done bool
}

func (l *leaf[T]) Poll(cx *future.Context) (zero T, _ error) {
	if l.done {
		panic(future.PolledAfterCompletion)
	}
	l.stays()
	if l.pending--; l.pending >= 0 {
		l.w.Log("not ready", l.v)
		cx.Waker().Wake()
		return zero, future.NotReady
	}
	l.done = true
	if l.panics {
		panic("leaf panics: " + show(l.v))
	}
	l.w.Log("ready", l.v)
	return l.v, l.err
}

// stays panics if l has moved since its first poll.
func (l *leaf[T]) stays() {
	if l.self != nil && l.self != l {
		panic("leaf has moved: " + show(l.v))
	}
	l.self = l
}

func (l *leaf[T]) Drop() {
	if l.w != nil {
		l.stays()
		fmt.Fprintln(&l.w.drops, "drop", show(l.v))
	}
}

type program struct {
	name string
	make func(w *World) poller
}

var programs []program

func add[T any](name string, f func(w *World) future.Future[T]) {
	programs = append(programs, program{name, func(w *World) poller { return typed[T]{f(w)} }})
}

type poller interface {
	poll() (any, error)
	drop()
}

// noop is for polls by hand.
var noop = new(future.NewContext(future.NoopWaker))

type typed[T any] struct{ future.Future[T] }

func (t typed[T]) poll() (any, error) { return t.Poll(noop) }
func (t typed[T]) drop()              { future.Drop(t.Future) }

// catch returns what f does, or the panic that comes out of it.
func catch(f func() string) (result string) {
	defer func() {
		if p := recover(); p != nil {
			result = fmt.Sprint("panic: ", p)
		}
	}()
	return f()
}

const notReady = "not ready"

func poll(p poller) string {
	return catch(func() string {
		v, err := p.poll()
		if err == future.NotReady {
			return notReady
		}
		return show(v) + " " + show(err)
	})
}

func drop(p poller) string { return catch(func() string { p.drop(); return "" }) }

// end drops p twice, with a poll in between.
func end(w *World, p poller) string {
	all := drop(p) + poll(p) + drop(p)
	w.fuel = 20
	later := catch(func() string { w.Now(); return "" })
	return fmt.Sprintf("%s\n%s%s\n%s", all, w.log.String(), later, w.drops.String())
}

// run returns what a program does if it is polled to its end, and all of what it does.
func (p program) run() (whole, all string) {
	for _, pending := range []int{0, 1, 3} {
		w := &World{pending: pending, fuel: 40}
		f := p.make(w)
		polls, result := 1, poll(f)
		for ; result == notReady && polls < 100_000; polls++ {
			result = poll(f)
		}
		w.fuel = 20
		result += catch(func() string { w.Now(); return "" })
		whole += fmt.Sprintf("=== pending %d\n%s%s\n", pending, w.log.String(), result)
		all += fmt.Sprintf("=== pending %d, %d polls\n%s", pending, polls, end(w, f))
		for k := range min(polls, 25) {
			w := &World{pending: pending, fuel: 40}
			f := p.make(w)
			for range k {
				result = poll(f)
			}
			all += fmt.Sprintf("=== pending %d, dropped after %d polls: %s\n%s", pending, k, result, end(w, f))
		}
	}
	return whole, all
}

func main() {
	for _, p := range programs {
		if len(os.Args) > 1 && !slices.Contains(os.Args[1:], p.name) {
			continue
		}
		fmt.Print(p.name, " ")
		whole, all := p.run()
		if len(os.Args) > 1 {
			fmt.Printf("\n%s~\n%s", whole, all)
			continue
		}
		fmt.Println(hash(whole), hash(all))
	}
}

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}
