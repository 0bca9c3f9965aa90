package corofy

import (
	"fmt"
	"strings"
)

// mode chooses what the expressions of a statement may have in them.
func (g *generator) mode() may {
	switch n := g.IntN(10); {
	case n < 3 && g.f.waits:
		return mayWait
	case n < 5 && len(g.functions()) > 0:
		return mayCall
	case n < 8 && g.f.waits:
		return mayMix
	}
	return mayRead
}

func (g *generator) canWait() bool {
	return g.f.waits && g.may != mayRead
}
func (g *generator) canRead() bool { return g.may != mayCall }

// expr returns an expression of type t.
func (g *generator) expr(t string, d int) string {
	if g.canRead() && g.IntN(3) == 0 || d <= 0 && g.IntN(3) > 0 {
		if s := g.mention(t); s != "" {
			return s
		}
	}
	if d <= 0 {
		return g.constant(t)
	}
	d--
	if g.canWait() && g.IntN(3) == 0 {
		return g.wait(t, d)
	}
	if g.may == mayMix && g.one(2) {
		if s := g.mixed(t, d); s != "" {
			return s
		}
	}
	switch t {
	case "*point":
		if x := g.variable("point", true); x != "" && g.one(2) {
			return "(&" + x + ")"
		}
		return "(&point{" + g.expr("int", d) + ", " + g.expr("string", d) + "})"
	case "summer":
		return "summer(" + g.expr(g.pick("point", "*point", "point"), d) + ")"
	case "chan int":
		return "w.Chan(" + g.expr("int", d) + ")"
	case "func() int":
		if s := g.value("point"); g.canRead() && s != "" && g.one(2) {
			return s + ".Sum"
		}
	case "int":
		return g.intExpr(d)
	case "string":
		switch g.IntN(5) {
		case 0:
			return g.expr("string", d) + " + " + g.expr("string", d)
		case 1:
			return "w.S(" + g.expr("string", d) + ")"
		case 2:
			return "fmt.Sprint(" + g.expr("int", d) + ", " + g.expr("bool", d) + ")"
		case 3:
			return g.constant("string") + "[" + "w.I(0) : ]"
		}
	case "bool":
		switch g.IntN(6) {
		case 0:
			return "!w.B(" + g.expr("bool", d) + ")"
		case 1:
			return "w.B(" + g.expr("bool", d) + ") && w.B(" + g.expr("bool", d) + ")"
		case 2:
			return "(w.B(" + g.expr("bool", d) + ") || " + g.expr("bool", d) + ")"
		case 3:
			return "(" + g.expr("int", d) + g.pick(" < ", " >= ") + g.expr("int", d) + ")"
		case 4:
			return "(w.S(" + g.expr("string", d) + ") == " + g.expr("string", d) + ")"
		}
	case "[]int":
		switch g.IntN(4) {
		case 0:
			return "[]int{" + g.exprs("int", d, 3) + "}"
		case 1:
			return "push(" + g.expr("[]int", d) + ", " + g.exprs("int", d, 2) + ")"
		case 2:
			return "push(" + g.expr("[]int", d) + ", " + g.expr("[]int", d) + "...)"
		}
	case "*int":
		if x := g.variable("int", true); x != "" {
			return "&" + x
		}
		return "new(" + g.expr("int", d) + ")"
	case "point":
		return "point{" + g.pick(g.expr("int", d)+", "+g.expr("string", d), "b: "+g.expr("string", d)+", a: "+g.expr("int", d), "a: "+g.expr("int", d)) + "}"
	case "map[string]int":
		return `map[string]int{"k": ` + g.expr("int", d) + "}"
	case "[3]int":
		return g.pick("[3]int{1: "+g.expr("int", d)+", "+g.expr("int", d)+"}", "[...]int{"+g.expr("int", d)+", "+g.expr("int", d)+", 2}")
	case "any":
		return "any(" + g.expr(g.pick("int", "string", "bool", "[3]int", "point", "[]int"), d) + ")"
	case "error":
		return "errors.New(" + g.expr("string", d) + ")"
	}
	return g.constant(t)
}

func (g *generator) intExpr(d int) string {
	if g.may >= mayCall && g.IntN(3) > 0 {
		if fs := g.functions(); len(fs) > 0 {
			return fs[g.IntN(len(fs))].name + "()"
		}
	}
	if g.may >= mayCall && g.IntN(4) == 0 {
		if p := g.all("point", func(d declared) bool { return !d.fixed }); len(p) > 0 {
			return p[0].name + ".Add(" + g.expr("int", d) + ")"
		}
	}
	switch g.IntN(13) {
	case 0, 1:
		return "(" + g.expr("int", d) + g.pick(" + ", " - ", "*") + g.expr("int", d) + ")"
	case 2, 3:
		return "w.I(" + g.expr("int", d) + ")"
	case 4:
		return "len(" + g.expr(g.pick("string", "[]int"), d) + ")"
	case 5:
		return "at(" + g.expr("[]int", d) + ", " + g.expr("int", d) + ")"
	case 6:
		return "<-w.Chan(" + g.expr("int", d) + ")"
	case 7:
		return "[]int{" + g.expr("int", d) + ", " + g.expr("int", d) + "}[" + g.expr("int", d) + "&1]"
	case 8:
		return g.pick("min", "max") + "(" + g.expr("int", d) + ", " + g.expr("int", d) + ")"
	case 9:
		return "-" + g.expr("point", d) + ".a"
	case 10:
		return "(" + g.expr("point", d) + ").Sum()"
	case 11:
		return `map[string]int{"k": ` + g.expr("int", d) + "}[" + g.pick(`"k"`, `"none"`, g.expr("string", d)) + "]"
	}
	if g.canRead() {
		return "int(int8(" + g.expr("int", d) + "&63))"
	}
	return "*new(w.I(" + g.expr("int", d) + "))"
}

func (g *generator) exprs(t string, d, n int) string {
	list := []string{g.expr(t, d)}
	for range g.IntN(n) {
		list = append(list, g.expr(t, d))
	}
	return strings.Join(list, ", ")
}

// mention returns a variable; "" if there is none that may be read here.
func (g *generator) mention(t string) string {
	if !g.canRead() {
		return ""
	}
	found := g.all(t, func(declared) bool { return true })
	if len(found) == 0 {
		return ""
	}
	look := found[g.IntN(len(found))]
	g.looked = append(g.looked, look)
	name := look.name
	if t == "string" { // or doubled in each round of a loop it would fill the memory
		return "cut(" + name + ")"
	}
	return name
}

func (g *generator) constant(t string) string {
	switch t {
	case "int":
		return fmt.Sprint(g.IntN(10))
	case "string":
		return g.pick(`"a"`, `"bc"`, `"äö"`, `"x\xff"`)
	case "bool":
		return g.pick("w.B(true)", "w.B(false)", "true")
	case "[]int":
		return g.pick("[]int{1, 2}", "[]int(nil)", "[]int{5}")
	case "*int":
		return "new(int)"
	case "func() int":
		return "func() int { return " + g.constant("int") + " }"
	case "*point":
		return g.pick("new(point)", `(&point{a: 1, b: "p"})`)
	case "summer":
		return g.pick("summer(point{a: 2})", "summer(&point{a: 3})")
	case "chan int":
		return g.pick("make(chan int, 1)", "w.Chan(3)")
	case "error":
		return g.pick("error(nil)", `errors.New("e")`)
	case "any":
		return g.pick("any(1)", `any("s")`, "any(nil)", "any(true)")
	}
	return t + "{}"
}

// wait returns an expression with a wait as its outermost call.
func (g *generator) wait(t string, d int) string {
	if g.one(5) {
		other := g.pick("int", "string", "[]int", "point")
		switch t {
		case "string":
			return "text(" + g.waitCall(other, d) + ")"
		case "bool":
			return "failed(" + g.waitCall(other, d) + ")"
		}
	}
	if g.one(12) { // it panics if the future fails
		return "check(" + g.waitCall(t, d) + ")"
	}
	return "must(" + g.waitCall(t, d) + ")"
}

func (g *generator) waitCall(t string, d int) string {
	switch call := "future.Wait(co, " + g.future(t, d) + ")"; g.IntN(40) {
	case 0:
		if !*randomTame {
			return "(" + call + ")"
		}
		return call
	case 1:
		return "(future.Wait[" + t + "])((co), " + g.future(t, d) + ")"
	default:
		return call
	}
}

// future returns an expression of type Future[t].
func (g *generator) future(t string, d int) string {
	if t == "[]int" && g.one(2) {
		return fmt.Sprintf("future.JoinAll(Leaf(w, %s, nil), Fail(w, %s))", g.expr("int", d), g.expr("int", d-1))
	}
	if change := g.change(); g.may == mayMix && change != "" && g.one(2) {
		return fmt.Sprintf("After(w, %s, func() { %s })", g.expr(t, d), change)
	}
	if g.one(40) && !*randomTame {
		return g.coroutine(t)
	}
	args := fmt.Sprintf("[%s](w, %s", t, g.expr(t, d))
	switch g.IntN(16) {
	case 0, 1, 2:
		return "Fail" + args + ")"
	case 3:
		return "Leaf" + args + ", " + g.expr("error", d-1) + ")"
	case 4, 5:
		return "Inner" + args + ")"
	case 6:
		if g.one(3) {
			return "Panic" + args + ")"
		}
	}
	return "Leaf" + args + ", nil)"
}
