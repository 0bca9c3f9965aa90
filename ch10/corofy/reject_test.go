package corofy

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// A refused source, and the findings: each as line:col: what, in the file that it stands in.
type refused struct{ src, want string }

// Bodies of coroutines, in line 6.
const aroundBody = `func f(w value, arr [2]int, s string) fruit {
	return future.Async(func(co *future.Co) (string, error) {
		%s
	})
}
`

// Declarations begin in line 4.
const aroundDecl = "//go:build stackful\n\n" +
	"package reject; import \"fmt\"; import \"ch10/future\"; var _ = fmt.Sprint\n"

var bodies = []refused{
	{`defer future.Wait(co, text("")); return "", nil`,
		`6:3: corofy: a wait that is deferred: not supported`},
	{`go future.Wait(co, text("")); return "", nil`,
		`6:3: corofy: a wait in a goroutine of its own: not supported`},
	{`return future.Wait(both())`,
		`6:22: corofy: a wait with something else than the coroutine's own parameter: not supported`},
	{`if v, err := future.Wait(co, text(s)); v == s && future.Wait == nil { return v, err }; return "", nil`,
		`6:52: corofy: cannot use generic function future.Wait without instantiation`},
	{`fmt.Println(co); return "", nil`,
		`6:15: corofy: co for something else than a wait: not supported`},
	{`_ = co; return "", nil`,
		`6:7: corofy: co for something else than a wait: not supported`},
	{`func() { future.Wait(co, text("")) }(); return "", nil`,
		`6:24: corofy: co in a function inside of the coroutine: not supported`},
	{`other := new(future.Co); return future.Wait(other, text(""))`,
		`6:47: corofy: a wait with something else than the coroutine's own parameter: not supported`},
	{`return future.Wait(new(future.Co), text(""))`,
		`6:22: corofy: a wait with something else than the coroutine's own parameter: not supported`},
	{`co2 := co; return future.Wait(co2, text(""))`,
		`6:10: corofy: co for something else than a wait: not supported
6:33: corofy: a wait with something else than the coroutine's own parameter: not supported`},
	{`func(co *future.Co) { future.Wait(co, text("")) }(nil); return "", nil`,
		`6:37: corofy: a wait with something else than the coroutine's own parameter: not supported`},
	{`f := future.Wait[string]; fmt.Println(f); return "", nil`,
		`6:15: corofy: future.Wait outside of a coroutine, or not called: not supported`},
	{`return 1, nil`,
		`6:10: corofy: cannot use 1 (untyped int constant) as string value in return statement`},
	{`_, err := future.Wait(co, text("")); future.Wait(co, text("")); err = nil; return "", nil`,
		`6:6: corofy: declared and not used: err`},
	{`undefined(); return 1, nil`,
		`6:3: corofy: undefined: undefined
6:23: corofy: cannot use 1 (untyped int constant) as string value in return statement`},
	{`for w.a[len(fmt.Sprint(future.Wait(co, text(""))))] = range 3 {}; return "", nil`,
		`6:7: corofy: a wait in what a range sets: not supported`},
	{`select { case w.a[len(fmt.Sprint(future.Wait(co, text(""))))] = <-make(chan int): }; return "", nil`,
		`6:17: corofy: a wait in what a select sets: not supported`},
	{`switch { case s == "": goto L; L: fallthrough; case s == "x": future.Wait(co, text("")) }; return "", nil`,
		`6:37: corofy: a fallthrough with a label: not supported`},
	{`type k struct { a [len(arr)]int }; var x k; future.Wait(co, text("")); fmt.Println(x); return "", nil`,
		`6:26: corofy: a type or a constant, k, which depends on a variable, arr, and which a coroutine's frame must know: not supported`},
	{`if s == "" { defer future.Wait(co, text("")) }; go future.Wait(co, text("")); func() { _ = co }(); return "", recover().(error)`,
		`6:16: corofy: a wait that is deferred: not supported
6:51: corofy: a wait in a goroutine of its own: not supported
6:94: corofy: co in a function inside of the coroutine: not supported`},
}

var decls = []refused{
	{`func f(co *future.Co) { future.Wait(co, text("")) }`,
		`4:32: corofy: future.Wait outside of a coroutine, or not called: not supported`},
	{`func f() fruit { return future.Async(body) }
func body(*future.Co) (string, error) { return "", nil }`,
		`4:38: corofy: a coroutine whose body is no function literal: not supported`},
	{`var a = future.Async[string]`,
		`4:16: corofy: future.Async outside of a coroutine, or not called: not supported`},
	{`var a, b = future.Wait[string], 1`,
		`4:19: corofy: future.Wait outside of a coroutine, or not called: not supported`},
	{`func f(future int) any { return func() any { return 1 }() }; func g() any { f := future.Async[int]; return f }`,
		`4:89: corofy: future.Async outside of a coroutine, or not called: not supported`},
	{`func f[error any]() any { return future.Async(func(co *future.Co) (int, interface{Error() string}) { return 1, nil }) }`,
		`4:47: corofy: in call to future.Async, type func(co *future.Co) (int, interface{Error() string}) of (func(co *future.Co) (int, interface{Error() string}) literal) does not match inferred type func(co *future.Co) (int, error) for func(co *future.Co) (T, error)`},
	{`func f[int any]() any { return future.Async(func(co *future.Co) (string, error) { return "", nil }) }`,
		`4:8: corofy: int, a name of Go's own, for something else: not supported`},
	{`func f[T any]() any { type T int; return future.Async(func(co *future.Co) (string, error) { return "", nil }) }`,
		`4:8: corofy: 	other declaration of T
4:28: corofy: T redeclared in this block`},
	{`func f(co *future.Co) any { return future.Async(func(c2 *future.Co) (string, error) { return future.Wait(co, text("")) }) }`,
		`4:106: corofy: a wait with something else than the coroutine's own parameter: not supported`},
	{`func f( { }`,
		`4:9: corofy: expected ')', found '{'`},
	{`func init() { future.Async(func(co *future.Co) (int, error) { return 1, nil }) }`,
		`4:15: corofy: a coroutine that nobody can poll: not supported`},
	{`func f() any { return future.JoinAll(future.Async(func(co *future.Co) (int, error) { future.Async(func(c2 *future.Co) (int, error) { return future.Wait(c2, number(1)) }); return future.Wait(co, number(1)) })) }`,
		`4:86: corofy: a coroutine that nobody can poll: not supported`},
	{`type alias = future.Co
var wait = func(co *alias) { future.Wait[string](co, nil) }`,
		`5:37: corofy: future.Wait outside of a coroutine, or not called: not supported`},
	{`func f() { return 1 }
func g() int { x := 1 }`,
		`3:38: corofy: "ch10/future" imported and not used
4:19: corofy: too many return values
	have (number)
	want ()
5:16: corofy: declared and not used: x
5:23: corofy: missing return`},
	{`func f() any { for { future.Async(func(co *future.Co) (int, error) { defer fmt.Println(); return 1, nil }) }; future.Wait(nil, text("")) ; return future.Async[int] }`,
		`4:22: corofy: a coroutine that nobody can poll: not supported
4:118: corofy: future.Wait outside of a coroutine, or not called: not supported
4:154: corofy: future.Async outside of a coroutine, or not called: not supported`},
	{`func f[S []int | [3]int](s S) any { return future.Async(func(co *future.Co) (int, error) { for range s { future.Wait(co, text("")) }; return 1, nil }) }`,
		`4:102: corofy: cannot range over s (variable of type S constrained by []int | [3]int): []int and [3]int have different underlying types`},
}

var files = []refused{
	{`package reject
`,
		`1:1: corofy: the file has to begin with "//go:build stackful"`},
	{`//go:build stackful && linux

package reject
`,
		`1:1: corofy: doesn't import ch10/future`},
	{`//go:build stackful || linux

package reject
`,
		`1:1: corofy: the file has to begin with "//go:build stackful"`},
	{`//go:build stackful

package reject
`,
		`1:1: corofy: doesn't import ch10/future`},
	{`//go:build stackful

package reject
import a "ch10/future"
import b "ch10/future"
var x = a.Async(func(co *b.Co) (int, error) { return 1, nil })
`,
		`5:8: corofy: an import of ch10/future with two names: not supported`},
	{`//go:build stackful

package reject
import nil "ch10/future"
var x = nil.Async(func(co *nil.Co) (int, error) { return 1, error(*new(error)) })
`,
		`4:8: corofy: nil, a name of Go's own, for something else: not supported`},
	{`//go:build stackful

package reject
import "ch10/future"
import "net/http"
var x = future.Async(func(co *future.Co) (int, error) { return 1, http.ErrAbortHandler })
`,
		`5:8: corofy: could not import net/http (package net/http isn't known to the go command)`},
	{`//go:build stackful

package other
`,
		`3:1: corofy: package other; expected package reject`},
	{`//go:build stackful
`,
		`1:21: corofy: expected 'package', found 'EOF'`},
	{"\ufeff//go:build stackful\n\npackage reject\n",
		`1:1: corofy: doesn't import ch10/future`},
	{`//go:build stackful 

package reject
`,
		`1:1: corofy: doesn't import ch10/future`},
	{`//go:build stackful

package reject
func f( {
 func g(
`,
		`4:9: corofy: expected ')', found '{'
5:10: corofy: missing ',' in parameter list`},
}

// What corofy once refused.
var acceptedBodies = []string{
	`defer recover(); go recover(); recover(); return "", nil`,
	`fmt.Println(recover()); return "", nil`,
	`return future.Wait(co, future.Async(func(co *future.Co) (string, error) { return future.Wait(co, text("")) }))`,
	`for range func(yield func() bool) {} { future.Wait(co, text("")) }; return "", nil`,
	`var ( x = fmt.Sprint(future.Wait(co, text(""))); y = x ); return y, nil`,
	`type k int; x := k(1); future.Wait(co, text("")); { type k string; fmt.Println(k("")) }; fmt.Println(x); return "", nil`,
	`type value int; future.Wait(co, text("")); return fmt.Sprint(value(1)), nil`,
	`const n = 3; type k [n]int; var x k; future.Wait(co, text("")); fmt.Println(x); return "", nil`,
	`type k struct { n int /* of k */ }; return future.Wait(co, future.Async(func(co *future.Co) (string, error) { return fmt.Sprint(k{}), nil }))`,
}

var acceptedDecls = []string{
	`type item int; func f() any { return future.Async(func(co *future.Co) (int, error) { type item string; x := item(""); _, err := future.Wait(co, text("")); return len(x), err }) }`,
	`func f() any { type t int; var x t; return future.Async(func(co *future.Co) (int, error) { return int(x), nil }) }`,
	`func f() any { type t int; return future.Async(func(co *future.Co) (t, error) { return 1, nil }) }`,
	`func f() any { type t int; return future.Async(func(co *future.Co) (int, error) { return int(t(1)), nil }) }`,
	`func f() any { const k = 1; return future.Async(func(co *future.Co) (int, error) { return k, nil }) }`,
	`func f() any { return future.Async(func(co *future.Co) (int, error) { x, err := future.Wait(co, buffer()); x.Reset(); return 1, err }) }`,
	`func f() any { return future.Async(func(co *future.Co) (int, error) { _, err := future.Wait(co, leaf(hidden())); return 1, err }) }`,
	`func (h *holder[_]) f() any { return future.Async(func(co *future.Co) (string, error) { return "", nil }) }`,
	`func (h *holder[T]) f() any { return future.Async(func(co *future.Co) (string, error) { return "", nil }) }`,
	`type int8 int
func f() any { return future.Async(func(co *future.Co) (string, error) { return "", nil }) }`,
	`var z = run()
func run() int { future.Drop(mk()); return 1 }
func mk() future.Future[int] { return future.Async(func(co *future.Co) (int, error) { return y, nil }) }
var y = 1`,
	`func f(s, fmt fmt.Stringer) any { return future.Async(func(co *future.Co) (string, error) { return s.String(), nil }) }`,
	`func f[T any]() any { return future.Async(func(co *future.Co) (int, error) { type t []T; return 1, nil }) }`,
}

func TestRefused(t *testing.T) {
	const dir = "testdata/reject"
	l := loaderOf(t, dir)
	try := func(src, shown, want string) {
		text, err := l.rewrite("reject.go", []byte(src))
		if err == nil {
			t.Errorf("not refused: %s\n%s", shown, text)
		} else if got := strings.ReplaceAll(err.Error(), filepath.Join(dir, "reject.go")+":", ""); got != want {
			t.Errorf("%s\n got %s\nwant %s", shown, got, want)
		}
	}
	for _, r := range bodies {
		try(aroundDecl+fmt.Sprintf(aroundBody, r.src), r.src, r.want)
	}
	for _, r := range decls {
		try(aroundDecl+r.src, r.src, r.want)
	}
	for _, r := range files {
		try(r.src, r.src, r.want)
	}
}

func TestAccepted(t *testing.T) {
	l := loaderOf(t, "testdata/reject")
	for _, src := range acceptedBodies {
		if _, err := l.rewrite("reject.go", []byte(aroundDecl+fmt.Sprintf(aroundBody, src))); err != nil {
			t.Errorf("%s\n%v", src, err)
		}
	}
	for _, src := range acceptedDecls {
		if _, err := l.rewrite("reject.go", []byte(aroundDecl+src)); err != nil {
			t.Errorf("%s\n%v", src, err)
		}
	}
}
