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
const aroundDecl = `//go:build stackful

package reject; import "fmt"; import "ch08/future"; var _ = fmt.Sprint
`

var bodies = []refused{
	{`if true { future.Wait(co, text("")) }; return "", nil`,
		`6:13: corofy: a wait in an if statement: not supported before ch09`},
	{`if _, err := future.Wait(co, text("")); err != nil {}; return "", nil`,
		`6:16: corofy: a wait in an if statement: not supported before ch09`},
	{`for { future.Wait(co, text("")) }`,
		`6:9: corofy: a wait in a loop: not supported before ch09`},
	{`for range 3 { future.Wait(co, text("")) }; return "", nil`,
		`6:17: corofy: a wait in a loop: not supported before ch09`},
	{`switch { case true: future.Wait(co, text("")) }; return "", nil`,
		`6:23: corofy: a wait in a switch: not supported before ch09`},
	{`switch any(s).(type) { case int: future.Wait(co, text("")) }; return "", nil`,
		`6:36: corofy: a wait in a switch: not supported before ch09`},
	{`select { default: future.Wait(co, text("")) }; return "", nil`,
		`6:21: corofy: a wait in a select: not supported before ch09`},
	{`{ future.Wait(co, text("")) }; return "", nil`,
		`6:5: corofy: a wait in a block: not supported before ch09`},
	{`var v, err = future.Wait(co, text("")); return v, err`,
		`6:16: corofy: a wait in a declaration: not supported before ch09`},
	{`fmt.Println(future.Wait(co, text(""))); return "", nil`,
		`6:15: corofy: a wait in an expression: not supported before ch09`},
	{`L: future.Wait(co, text("")); return "", nil; goto L`,
		`6:6: corofy: a wait behind a label: not supported before ch09
6:49: corofy: goto in a coroutine: not supported before ch09`},
	{`w.a[0], _ = future.Wait(co, number(0)); return "", nil`,
		`6:3: corofy: w is captured, and line 6 sets it again: not supported before ch09
6:15: corofy: a wait that sets something else than variables, or in an expression: not supported before ch09`},
	{`defer future.Wait(co, text("")); return "", nil`,
		`6:3: corofy: defer in a coroutine: not supported before ch09
6:9: corofy: a wait in a defer statement: not supported before ch09`},
	{`go future.Wait(co, text("")); return "", nil`,
		`6:6: corofy: a wait in a go statement: not supported before ch09`},
	{`return future.Wait(both())`,
		`6:10: corofy: a wait in an expression: not supported before ch09`},
	{`var t func(string, error) fruit; return future.Wait(co, t(future.Wait(co, text(""))))`,
		`6:61: corofy: a wait in an expression: not supported before ch09`},
	{`x := 1; future.Wait(co, text("")); fmt.Println(x); return "", nil`,
		`6:50: corofy: x lives across the wait in line 6: not supported before ch09`},
	{`x, err := future.Wait(co, text("")); future.Wait(co, text("")); return x, err`,
		`6:74: corofy: x lives across the wait in line 6: not supported before ch09
6:77: corofy: err lives across the wait in line 6: not supported before ch09`},
	{`x := 1; fmt.Println(x); _, err := future.Wait(co, text("")); func() { x = 2 }(); return "", err`,
		`6:73: corofy: x lives across the wait in line 6: not supported before ch09`},
	{`x := struct{ n int }{}; future.Wait(co, text("")); x.n = 3; return "", nil`,
		`6:54: corofy: x lives across the wait in line 6: not supported before ch09`},
	{`x := 1; func() { x++ }(); x, err := future.Wait(co, number(2)); return fmt.Sprint(x), err`,
		`6:29: corofy: x, which a function captures or whose address is taken: a wait that sets it again: not supported before ch09`},
	{`L: for { future.Wait(co, text("")); break L }; return "", nil`,
		`6:12: corofy: a wait in a loop: not supported before ch09`},
	{`if v, err := future.Wait(co, text(s)); v == s && future.Wait == nil { return v, err }; return "", nil`,
		`6:52: corofy: cannot use generic function future.Wait without instantiation`},
	{`const k = 1; future.Wait(co, text("")); fmt.Println(k); return "", nil`,
		`6:55: corofy: k lives across the wait in line 6: not supported before ch09`},
	{`type k int; future.Wait(co, text("")); fmt.Println(k(1)); return "", nil`,
		`6:54: corofy: k lives across the wait in line 6: not supported before ch09`},
	{`x, err := future.Wait(co, text("")); p := &x; fmt.Println(*p); x, err = future.Wait(co, text("")); return x, err`,
		`6:66: corofy: x, which a function captures or whose address is taken: a wait that sets it again: not supported before ch09`},
	{`x, err := future.Wait(co, text("")); go func() { fmt.Println(x) }(); x, err = future.Wait(co, text("")); return x, err`,
		`6:72: corofy: x, which a function captures or whose address is taken: a wait that sets it again: not supported before ch09`},
	{`s = "x"; return s, nil`,
		`6:3: corofy: s is captured, and line 6 sets it again: not supported before ch09
6:19: corofy: s is captured, and line 6 sets it again: not supported before ch09`},
	{`s += "x"; return s, nil`,
		`6:3: corofy: s is captured, and line 6 sets it again: not supported before ch09
6:20: corofy: s is captured, and line 6 sets it again: not supported before ch09`},
	{`w.n++; return "", nil`,
		`6:3: corofy: w is captured, and line 6 sets it again: not supported before ch09`},
	{`w.n = 3; return "", nil`,
		`6:3: corofy: w is captured, and line 6 sets it again: not supported before ch09`},
	{`w.a[1] = 3; return "", nil`,
		`6:3: corofy: w is captured, and line 6 sets it again: not supported before ch09`},
	{`arr[1]--; return "", nil`,
		`6:3: corofy: arr is captured, and line 6 sets it again: not supported before ch09`},
	{`for s = range map[string]int{} {}; return "", nil`,
		`6:7: corofy: s is captured, and line 6 sets it again: not supported before ch09`},
	{`for _, arr[0] = range []int{} {}; return "", nil`,
		`6:10: corofy: arr is captured, and line 6 sets it again: not supported before ch09`},
	{`for w.n = range 3 {}; return "", nil`,
		`6:7: corofy: w is captured, and line 6 sets it again: not supported before ch09`},
	{`func() { s = "x" }(); return s, nil`,
		`6:12: corofy: s is captured, and line 6 sets it again: not supported before ch09
6:32: corofy: s is captured, and line 6 sets it again: not supported before ch09`},
	{`var err error; s, err = future.Wait(co, text("")); return "", err`,
		`6:18: corofy: s is captured, and line 6 sets it again: not supported before ch09`},
	{`p := &s; return *p, nil`,
		`6:9: corofy: s is captured, and line 6 takes its address: not supported before ch09`},
	{`w.set(); return "", nil`,
		`6:3: corofy: w is captured, and line 6 takes its address: not supported before ch09`},
	{`set := w.set; set(); return "", nil`,
		`6:10: corofy: w is captured, and line 6 takes its address: not supported before ch09`},
	{`fmt.Println(arr[:]); return "", nil`,
		`6:15: corofy: arr is captured, and line 6 takes its address: not supported before ch09`},
	{`fmt.Println(w.a[:]); return "", nil`,
		`6:15: corofy: w is captured, and line 6 takes its address: not supported before ch09`},
	{`p := &w.a[1]; fmt.Println(p); return "", nil`,
		`6:9: corofy: w is captured, and line 6 takes its address: not supported before ch09`},
	{`defer fmt.Println(); return "", nil`,
		`6:3: corofy: defer in a coroutine: not supported before ch09`},
	{`fmt.Println(recover()); return "", nil`,
		`6:15: corofy: recover in a coroutine: not supported before ch09`},
	{`goto L; L: return "", nil`,
		`6:3: corofy: goto in a coroutine: not supported before ch09`},
	{`return future.Wait(co, future.Async(func(co *future.Co) (string, error) { return future.Wait(co, text("")) }))`,
		`6:26: corofy: a coroutine inside of a coroutine: not supported`},
	{`fmt.Println(co); return "", nil`,
		`6:15: corofy: co, used for something else than a wait: not supported`},
	{`_ = co; return "", nil`,
		`6:7: corofy: co, used for something else than a wait: not supported`},
	{`func() { future.Wait(co, text("")) }(); return "", nil`,
		`6:24: corofy: co, used in a function inside of the coroutine: not supported`},
	{`other := new(future.Co); return future.Wait(other, text(""))`,
		`6:47: corofy: a wait whose first argument isn't the coroutine's own parameter: not supported
6:47: corofy: other lives across the wait in line 6: not supported before ch09`},
	{`return future.Wait(new(future.Co), text(""))`,
		`6:22: corofy: a wait whose first argument isn't the coroutine's own parameter: not supported`},
	{`co2 := co; return future.Wait(co2, text(""))`,
		`6:10: corofy: co, used for something else than a wait: not supported
6:33: corofy: a wait whose first argument isn't the coroutine's own parameter: not supported
6:33: corofy: co2 lives across the wait in line 6: not supported before ch09`},
	{`func(co *future.Co) { future.Wait(co, text("")) }(nil); return "", nil`,
		`6:32: corofy: future.Wait outside of a coroutine, or not called: not supported`},
	{`f := future.Wait[string]; fmt.Println(f); return "", nil`,
		`6:15: corofy: future.Wait outside of a coroutine, or not called: not supported`},
	{`future := 1; fmt.Println(future); return "", error(nil)`,
		`6:37: corofy: a return where future isn't the package: not supported`},
	{`future, err := future.Wait(co, text("")); return future, err`,
		`6:3: corofy: a wait that sets a variable with the name future: not supported`},
	{`type l struct{}; future.Wait(co, leaf(l{})); return "", nil`,
		`6:20: corofy: type l, which has no name outside of the function, or not in this file's imports: not supported`},
	{`var e error; e, e = future.Wait(co, leaf(e)); return "", e`,
		`6:19: corofy: a wait that sets e twice: not supported`},
	{`var x any; x, err := future.Wait(co, text("")); fmt.Println(x); return "", err`,
		`6:14: corofy: x has type any: a wait that sets it to a value of type string: not supported before ch09`},
	{`var err error; packageVar, err = future.Wait(co, text("")); return "", err`,
		`6:18: corofy: packageVar is no variable of the coroutine's own: a wait that sets it: not supported before ch09`},
	{`x, nil := future.Wait(co, text("")); return x, nil`,
		`6:6: corofy: a wait that sets a variable with the name nil: not supported`},
	{`return 1, nil`,
		`6:10: corofy: cannot use 1 (untyped int constant) as string value in return statement`},
	{`const s = "shadow"; future.Wait(co, text("")); return s, nil`,
		`6:57: corofy: s lives across the wait in line 6: not supported before ch09`},
	{`_, err := future.Wait(co, text("")); future.Wait(co, text("")); err = nil; return "", nil`,
		`6:6: corofy: declared and not used: err`},
	{`_, err := future.Wait(co, text("")); future.Wait(co, text("")); x, err := "", error(nil); return x, err`,
		`6:70: corofy: err lives across the wait in line 6: not supported before ch09`},
	{`f := func() fruit { return text("") }; future.Wait(co, f()); return future.Wait(co, f())`,
		`6:87: corofy: f lives across the wait in line 6: not supported before ch09`},
	{`undefined(); return 1, nil`,
		`6:3: corofy: undefined: undefined
6:23: corofy: cannot use 1 (untyped int constant) as string value in return statement`},
}

var decls = []refused{
	{`func f(co *future.Co) { future.Wait(co, text("")) }`,
		`4:32: corofy: future.Wait outside of a coroutine, or not called: not supported`},
	{`func f() fruit { return future.Async(body) }
func body(*future.Co) (string, error) { return "", nil }`,
		`4:38: corofy: a coroutine whose body is no function literal: not supported`},
	{`var a = future.Async[string]`,
		`4:16: corofy: future.Async outside of a coroutine, or not called: not supported`},
	{`var a = future.NotReady`, `3:9: corofy: a file without a coroutine: not supported`},
	{`var a, b = future.Wait[string], 1`,
		`4:19: corofy: future.Wait outside of a coroutine, or not called: not supported`},
	{`func f() fruit { return future.Async(func(co *future.Co) (s string, err error) { return }) }`,
		`4:59: corofy: a coroutine with named results: not supported before ch09
4:69: corofy: a coroutine with named results: not supported before ch09`},
	{`func f() any { type t int; var x t; return future.Async(func(co *future.Co) (int, error) { return int(x), nil }) }`,
		`4:32: corofy: type t, which has no name outside of the function, or not in this file's imports: not supported`},
	{`func f() any { type t int; return future.Async(func(co *future.Co) (t, error) { return 1, nil }) }`,
		`4:48: corofy: type t, which has no name outside of the function, or not in this file's imports: not supported`},
	{`func f() any { type t int; return future.Async(func(co *future.Co) (int, error) { return int(t(1)), nil }) }`,
		`4:94: corofy: t, which is no variable and is declared in the function around the coroutine: not supported`},
	{`func f() any { const k = 1; return future.Async(func(co *future.Co) (int, error) { return k, nil }) }`,
		`4:91: corofy: k, which is no variable and is declared in the function around the coroutine: not supported`},
	{`func f(s string) any { s = "x"; return future.Async(func(co *future.Co) (string, error) { return s, nil }) }`,
		`4:98: corofy: s is captured, and line 4 sets it again: not supported before ch09`},
	{`func f(s string) (a any) { a = future.Async(func(co *future.Co) (string, error) { return s, nil }); s = "y"; return a }`,
		`4:90: corofy: s is captured, and line 4 sets it again: not supported before ch09`},
	{`func f() (a any, s string) { return future.Async(func(co *future.Co) (string, error) { return s, nil }), "x" }`,
		`4:95: corofy: s is captured, and line 4 sets it again: not supported before ch09`},
	{`func f(w outer) any { w.set(); return future.Async(func(co *future.Co) (int, error) { return w.n, nil }) }`,
		`4:94: corofy: w is captured, and line 4 takes its address: not supported before ch09`},
	{`func f(w outer) any { g := func() { w.value.a[0]++ }; g(); return future.Async(func(co *future.Co) (int, error) { return w.n, nil }) }`,
		`4:122: corofy: w is captured, and line 4 sets it again: not supported before ch09`},
	{`func f() any { for i := 0; i < 3; i++ { return future.Async(func(co *future.Co) (int, error) { return i, nil }) }; return nil }`,
		`4:103: corofy: i is captured, and line 4 sets it again: not supported before ch09`},
	{`func f[T ~[2]int](a T) any { return future.Async(func(co *future.Co) (int, error) { a[0] = 1; return a[1], nil }) }`,
		`4:85: corofy: a is captured, and line 4 sets it again: not supported before ch09
4:102: corofy: a is captured, and line 4 sets it again: not supported before ch09`},
	{`func f[T ~[2]int](a T) any { return future.Async(func(co *future.Co) (int, error) { return len(a[:]), nil }) }`,
		`4:96: corofy: a is captured, and line 4 takes its address: not supported before ch09`},
	{`func f(future int) any { return func() any { return 1 }() }; func g() any { f := future.Async[int]; return f }`,
		`4:89: corofy: future.Async outside of a coroutine, or not called: not supported`},
	{`func f() any { return future.Async(func(co *future.Co) (int, error) { x, err := future.Wait(co, buffer()); x.Reset(); return 1, err }) }`,
		`4:81: corofy: type *bytes.Buffer, which has no name outside of the function, or not in this file's imports: not supported`},
	{`func f() any { return future.Async(func(co *future.Co) (int, error) { _, err := future.Wait(co, leaf(hidden())); return 1, err }) }`,
		`4:81: corofy: type struct{r bytes.Reader}, which has no name outside of the function, or not in this file's imports: not supported`},
	{`func f[error any]() any { return future.Async(func(co *future.Co) (int, interface{Error() string}) { return 1, nil }) }`,
		`4:47: corofy: in call to future.Async, type func(co *future.Co) (int, interface{Error() string}) of (func(co *future.Co) (int, interface{Error() string}) literal) does not match inferred type func(co *future.Co) (int, error) for func(co *future.Co) (T, error)`},
	{`func f[int any]() any { return future.Async(func(co *future.Co) (string, error) { return "", nil }) }`,
		`4:8: corofy: int, a name of Go's own, for something else: not supported`},
	{`func (h *holder[_]) f() any { return future.Async(func(co *future.Co) (string, error) { return "", nil }) }`,
		`4:1: corofy: a type parameter without a name, around a coroutine: not supported
4:38: corofy: type _, which has no name outside of the function, or not in this file's imports: not supported`},
	{`func (h *holder[T]) f() any { return future.Async(func(co *future.Co) (string, error) { return "", nil }) }`,
		`4:1: corofy: a type parameter whose constraint cmp.Ordered isn't in this file's imports: not supported`},
	{`func f[T any]() any { type T int; return future.Async(func(co *future.Co) (string, error) { return "", nil }) }`,
		"4:8: corofy: \tother declaration of T\n4:28: corofy: T redeclared in this block"},
	{`type int8 int
func f() any { return future.Async(func(co *future.Co) (string, error) { return "", nil }) }`,
		`4:6: corofy: int8, a name of Go's own, for something else: not supported`},
	{`var z = run()
func run() int { future.Drop(mk()); return 1 }
func mk() future.Future[int] { return future.Async(func(co *future.Co) (int, error) { return y, nil }) }
var y = 1`,
		`4:5: corofy: z, whose value may depend on y, which only a coroutine mentions: not supported`},
	{`func f(co *future.Co) any { return future.Async(func(c2 *future.Co) (string, error) { return future.Wait(co, text("")) }) }`,
		`4:106: corofy: a wait whose first argument isn't the coroutine's own parameter: not supported`},
	{`func f( { }`,
		`4:9: corofy: expected ')', found '{'`},
	{`func init() { future.Async(func(co *future.Co) (int, error) { return 1, nil }) }`,
		`4:15: corofy: a coroutine that nobody can poll: not supported`},
	{`func f() any { x := 1; x, y := 2, 3; return future.Async(func(co *future.Co) (int, error) { return x + y, nil }) }`,
		`4:100: corofy: x is captured, and line 4 sets it again: not supported before ch09`},
	{`func f(c chan int) any { x, ok := <-c; select { case x, ok = <-c: }; return future.Async(func(co *future.Co) (int, error) { fmt.Println(ok); return x, nil }) }`,
		`4:137: corofy: ok is captured, and line 4 sets it again: not supported before ch09
4:149: corofy: x is captured, and line 4 sets it again: not supported before ch09`},
	{`func f(v value) any { a := future.Async(func(co *future.Co) (int, error) { return v.n, nil }); p := &v; p.n = 2; return a }`,
		`4:83: corofy: v is captured, and line 4 takes its address: not supported before ch09`},
	{`func f(v value) any { a := future.Async(func(co *future.Co) (int, error) { return v.n, nil }); v.a = [2]int{}; return a }`,
		`4:83: corofy: v is captured, and line 4 sets it again: not supported before ch09`},
	{`func f(v value) any { return future.Async(func(co *future.Co) (int, error) { v, err := future.Wait(co, leaf(v)); v.set(); v, err = future.Wait(co, leaf(value{})); return v.n, err }) }`,
		`4:123: corofy: v, which a function captures or whose address is taken: a wait that sets it again: not supported before ch09`},
	{`func f(s, fmt fmt.Stringer) any { return future.Async(func(co *future.Co) (string, error) { return s.String(), nil }) }`,
		`4:8: corofy: type fmt.Stringer, which has no name outside of the function, or not in this file's imports: not supported`},
	{`func f() any { { future := 3; _ = future }; type future int; return future(1) }; func g() any { return future.Async(func(co *future.Co) (int, error) { { future := 3; if future == 3 { return 1, error(nil) } }; return 1, nil }) }`,
		`4:184: corofy: a return where future isn't the package: not supported`},
	{`func f() any { return future.JoinAll(future.Async(func(co *future.Co) (int, error) { future.Async(func(c2 *future.Co) (int, error) { return future.Wait(c2, number(1)) }); return future.Wait(co, number(1)) })) }`,
		`4:86: corofy: a coroutine inside of a coroutine: not supported
4:86: corofy: a coroutine that nobody can poll: not supported`},
	{`type alias = future.Co
var wait = func(co *alias) { future.Wait[string](co, nil) }`,
		`5:37: corofy: future.Wait outside of a coroutine, or not called: not supported`},
	{`func f() { return 1 }
func g() int { x := 1 }`,
		"3:38: corofy: \"ch08/future\" imported and not used\n4:19: corofy: too many return values\n\thave (number)\n\twant ()\n5:16: corofy: declared and not used: x\n5:23: corofy: missing return"},
	{`func f() any { for { future.Async(func(co *future.Co) (int, error) { defer fmt.Println(); return 1, nil }) }; future.Wait(nil, text("")) ; return future.Async[int] }`,
		`4:22: corofy: a coroutine that nobody can poll: not supported
4:70: corofy: defer in a coroutine: not supported before ch09
4:118: corofy: future.Wait outside of a coroutine, or not called: not supported
4:154: corofy: future.Async outside of a coroutine, or not called: not supported`},
}

var files = []refused{
	{`package reject
`,
		`1:1: corofy: the file has to begin with "//go:build stackful"`},
	{`//go:build stackful && linux

package reject
`,
		`1:1: corofy: the file has to begin with "//go:build stackful"`},
	{`//go:build stackful

package reject
`,
		`1:1: corofy: doesn't import ch08/future`},
	{`//go:build stackful

package reject
import . "ch08/future"
var a = Async(func(co *Co) (int, error) { return 1, nil })
`,
		`4:8: corofy: an import of ch08/future without a name, or with two: not supported
5:9: corofy: type ch08/future.Future[int], which has no name outside of the function, or not in this file's imports: not supported
5:43: corofy: a return where . isn't the package: not supported`},
	{`//go:build stackful

package reject
import a "ch08/future"
import b "ch08/future"
var x = a.Async(func(co *b.Co) (int, error) { return 1, nil })
`,
		`5:8: corofy: an import of ch08/future without a name, or with two: not supported`},
	{`//go:build stackful

package reject
import nil "ch08/future"
var x = nil.Async(func(co *nil.Co) (int, error) { return 1, error(*new(error)) })
`,
		`4:8: corofy: nil, a name of Go's own, for something else: not supported`},
	{`//go:build stackful

package reject
import "ch08/future"
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
		`1:1: corofy: the file has to begin with "//go:build stackful"`},
	{`//go:build stackful 

package reject
`,
		`1:1: corofy: the file has to begin with "//go:build stackful"`},
	{`//go:build stackful

package reject
func f( {
 func g(
`,
		`4:9: corofy: expected ')', found '{'
5:10: corofy: missing ',' in parameter list`},
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
