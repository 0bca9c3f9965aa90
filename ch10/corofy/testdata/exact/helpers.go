package main

import (
	"fmt"
	"reflect"

	"ch10/future"
)

func (w *World) Int(v int) *leaf[int]                { return Leaf(w, v, nil) }
func (w *World) Text(v string) future.Future[string] { return Leaf(w, v, nil) }

// Must has waits stand inside of expressions.
func Must[T any](v T, err error) T { return must(v, err) }

// show2 shows a function by what it returns.
func show2(x any) any {
	if v := reflect.ValueOf(x); v.IsValid() && v.Kind() == reflect.Func {
		if v.IsNil() || v.Type().NumIn() > 0 {
			return v.IsNil()
		}
		return fmt.Sprint(v.Call(nil)[0])
	} else if v.IsValid() && v.Kind() == reflect.Pointer && !v.IsNil() {
		return fmt.Sprint("&", v.Elem())
	} else if v.IsValid() && v.Kind() == reflect.Chan {
		return fmt.Sprint("chan ", v.Len())
	}
	return x
}

func log2(w *World, x any, y int) bool { w.Log(show2(x), y); return true }
func logT[T any](w *World, x T, y int) { w.Log(show2(x), y) }
func count(b bool) int                 { return map[bool]int{true: 1}[b] }
func inc(p *int) int                   { *p++; return *p }

type pairOf[T any] struct{ n T }
type holder struct{ w *World }

func (h *holder) take(x any, y int) { h.w.Log(show2(x), y) }

type number int

func (n number) String() string { return fmt.Sprint("number ", int(n)) }

func (p pair) Y() string { return p.y }
