package corofy

import (
	"fmt"
	"strings"
)

// What is here mixes the values of variables with calls and waits that change them. The language leaves some of
// that order open, but the compiler has one, which doesn't depend on whether it optimises; so has corofy.

// value returns a variable of type t; "" if there is none.
func (g *generator) value(t string) string {
	found := g.all(t, func(declared) bool { return true })
	if len(found) == 0 {
		return ""
	}
	look := found[g.IntN(len(found))]
	g.looked = append(g.looked, look)
	return look.name
}

// change returns a statement that sets a variable, maybe one that the statement around reads.
func (g *generator) change() string {
	for range 4 {
		t := g.pick("int", "int", "string", "bool", "[]int", "*int", "point", "*point", "map[string]int", "[3]int", "any", "summer", "chan int", "func() int")
		x := g.variable(t, false)
		if n := len(g.looked); n > 0 && !g.one(4) {
			look := g.looked[g.IntN(n)]
			if !look.fixed && len(g.all(look.typ, func(d declared) bool { return d == look })) > 0 {
				x, t = look.name, look.typ
			}
		}
		if x == "" {
			continue
		}
		may := g.may
		g.may = mayCall
		waits := g.f.waits
		g.f.waits = false
		value := g.expr(t, 1)
		g.may, g.f.waits = may, waits
		return x + " = " + value
	}
	return ""
}

// mixed returns an expression of type t that looks at variables; "" if none fits.
func (g *generator) mixed(t string, d int) string {
	v := func(t string) string {
		if s := g.value(t); s != "" {
			return s
		}
		return g.constant(t)
	}
	switch t {
	case "int":
		switch g.IntN(24) {
		case 0:
			return "len(" + v(g.pick("string", "[]int", "map[string]int", "chan int")) + ")"
		case 1:
			return "cap(" + v(g.pick("[]int", "chan int")) + ")"
		case 2:
			return v("[]int") + "[" + g.pick("0", v("int")+"&1", g.expr("int", d)+"&1") + "]" // maybe out of range
		case 3:
			return v("[3]int") + "[" + g.pick("2", v("int")+"&1", g.expr("int", d)+"&1") + "]"
		case 4:
			return v("map[string]int") + "[" + v("string") + "]"
		case 5:
			return v("*point") + ".a"
		case 6:
			return v(g.pick("summer", "point", "*point")) + ".Sum()"
		case 7:
			return v("any") + ".(int)" // maybe another type
		case 8:
			return "int(uint8(" + v("int") + "))"
		case 9:
			return "int(real(complex(float64(" + v("int") + "), 1)))"
		case 10:
			return "id(" + v("int") + ")"
		case 11:
			return "func() int { " + g.or(g.change(), "w.Log(1)") + "; return " + v("int") + " }()"
		case 12:
			return "call(" + v(g.pick("summer", "point", "*point")) + ".Sum)"
		case 13:
			return v("func() int") + "()"
		case 14:
			return v("*point") + ".Add(" + g.expr("int", d) + ")"
		case 15:
			return g.pick("min", "max") + "(" + v("int") + ", " + g.expr("int", d) + ", " + v("int") + ")"
		case 16:
			return "(" + v("int") + g.pick(" / ", " % ") + "id(" + g.expr("int", d) + "))" // maybe by zero
		case 17:
			return "(" + v("int") + " << (" + g.expr("int", d) + " & 7))"
		case 18:
			return "[2]int(push(" + v("[]int") + ", 1, 2))[" + g.expr("int", d) + "&1]"
		case 19:
			return "copy(" + v("[]int") + ", " + g.expr("[]int", d) + ")"
		case 20:
			return "[...]int{" + v("int") + ", " + g.expr("int", d) + ", " + v("int") + "}[" + v("int") + "&1]"
		case 21:
			return "pair{" + v("int") + ", " + g.expr("string", d) + "}.x"
		case 22:
			return `map[string]int{"k": ` + v("int") + `, "l": ` + g.expr("int", d) + `, "m": ` + v("int") + "}[" + g.pick(`"k"`, `"l"`, `"m"`) + "]"
		case 23:
			return "((" + v("int") + "))"
		}
	case "string":
		switch g.IntN(8) {
		case 0:
			return "cut(" + v("string") + " + " + g.expr("string", d) + " + " + v("string") + ")"
		case 1:
			return "string([]byte(cut(" + v("string") + ")))"
		case 2:
			return "string([]rune(cut(" + v("string") + ")))"
		case 3:
			return "cut(" + v("string") + ")[min(1, " + g.expr("int", d) + "&1):]"
		case 4:
			return "string(rune('a' + " + v("int") + "&7))"
		case 5:
			return v("point") + ".b"
		case 6:
			return "show([]any{" + v(g.pick("int", "string", "bool")) + ", " + g.expr("int", d) + ", " + v(g.pick("point", "[3]int", "[]int")) + "})"
		case 7:
			return "fmt.Sprint(" + v(g.pick("int", "point", "[]int", "any")) + ", " + g.expr(g.pick("int", "string"), d) + ", " + v("bool") + ")"
		}
	case "bool":
		switch g.IntN(8) {
		case 0:
			return "(" + v("bool") + g.pick(" && ", " || ") + v("bool") + ")"
		case 1:
			return "(" + v("bool") + g.pick(" && ", " || ") + g.expr("bool", d) + ")"
		case 2:
			return "!" + v("bool")
		case 3:
			t := g.pick("int", "string", "point", "[3]int", "bool", "*int", "*point", "summer", "chan int")
			return "eq(" + v(t) + ", " + g.expr(t, d) + ")"
		case 4:
			t := g.pick("point", "[3]int", "string", "int")
			return "(" + v(t) + g.pick(" == ", " != ") + "(" + g.expr(t, d) + "))"
		case 5:
			return "(" + v("*int") + " == nil)"
		case 6:
			return "!(" + v("bool") + " && !" + v("bool") + ")"
		case 7:
			return "(" + v("any") + " != nil)"
		}
	case "[]int":
		switch g.IntN(6) {
		case 0:
			x := v("[]int")
			return x + "[:len(" + x + ")/2]"
		case 1:
			x := v("[3]int")
			if x == "[3]int{}" || g.variable("[3]int", true) != x {
				return ""
			}
			return x + "[" + v("int") + "&1:]"
		case 2:
			return "append(" + v("[]int") + "[:0:0], " + v("int") + ", " + g.expr("int", d) + ")"
		case 3:
			return "append([]int{" + v("int") + "}, " + g.expr("int", d) + ", " + v("int") + ")"
		case 4:
			return "id(" + v("[]int") + ")"
		case 5:
			return "[]int{" + v("int") + ", " + g.expr("int", d) + "}"
		}
	case "any":
		return g.pick("any("+v(g.pick("int", "string", "bool", "point"))+")", "id["+t+"]("+v("int")+")", v("any"))
	case "point":
		return g.pick("(*"+v("*point")+")", v("point"), "point{"+v("int")+", "+g.expr("string", d)+"}", "point{b: "+v("string")+", a: "+v("int")+"}")
	case "summer":
		return g.pick("summer("+v("point")+")", v("summer"), "any("+v("point")+").(summer)")
	case "func() int":
		return g.pick(v(g.pick("point", "summer", "*point"))+".Sum", "func() int { return "+v("int")+" }")
	case "*point":
		return v("*point")
	case "chan int":
		return v("chan int")
	case "map[string]int":
		return g.pick(v(t), `map[string]int{"k": `+v("int")+"}")
	}
	return ""
}

func (g *generator) or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// coroutine returns a coroutine inside of this one.
func (g *generator) coroutine(t string) string {
	if g.budget < 3 {
		return "Leaf[" + t + "](w, " + g.constant(t) + ", nil)"
	}
	outer, budget, may, looked := g.f, g.budget, g.may, g.looked
	g.f, g.budget = &function{waits: true, results: []string{t, "error"}}, 3
	g.push()
	b, ends := g.list(1, 3, false)
	if !ends {
		b.list = append(b.list, g.return_())
	}
	g.pop()
	g.f, g.budget, g.may, g.looked = outer, budget-2, may, looked
	var s strings.Builder
	b.write(&s)
	results := g.pick(t+", error", "_ "+t+", _ error")
	return fmt.Sprintf("future.Async(func(co *future.Co) (%s) {\n%s})", results, s.String())
}

// moreDefers returns a defer of the forms that random_func_test.go doesn't have.
func (g *generator) moreDefers() *piece {
	v := func(t string) string {
		if s := g.value(t); s != "" && g.canRead() {
			return s
		}
		return g.constant(t)
	}
	switch g.IntN(14) {
	case 0:
		if *randomTame {
			break
		}
		return put("defer w.Log(two(w, " + g.expr("int", 2) + "))")
	case 1:
		if *randomTame {
			break
		}
		return put("defer func(n int, err error) { w.Log(n, err) }(two(w, " + g.expr("int", 2) + "))")
	case 2:
		if !g.canRead() {
			break
		}
		return put("defer " + v(g.pick("point", "*point", "summer")) + ".Sum()")
	case 3:
		if !g.canRead() {
			break
		}
		return put("defer " + v("*point") + ".Add(" + g.expr("int", 2) + ")")
	case 4:
		if x := g.variable("map[string]int", false); x != "" && g.canRead() {
			return put("defer delete(" + x + ", " + g.expr("string", 1) + ")")
		}
	case 5:
		return put("defer logged[" + "int" + "](w, " + g.expr("int", 2) + ")")
	case 6:
		return put("defer logged(w, " + g.expr(g.anyType(), 2) + ")")
	case 7:
		return put("defer called(w, id[int], " + g.expr("int", 1) + ")")
	case 8:
		if *randomTame {
			break
		}
		return put("defer called(w, id, " + g.expr("int", 1) + ")")
	case 9:
		return put("defer w.Log([]any{" + g.expr("int", 1) + ", " + g.expr("string", 1) + "}...)")
	case 10:
		if *randomTame {
			break
		}
		return put("defer recover()")
	case 11:
		return put("defer copy(" + v("[]int") + ", " + g.expr("[]int", 1) + ")")
	case 12:
		if g.canRead() {
			return put("defer " + v("func() int") + "()")
		}
	case 13:
		return put("defer func(a int8, b float64, e any, s ...int) { w.Log(a, b, e, s) }(1, 2, " + g.expr("any", 1) + ", " + g.exprs("int", 1, 3) + ")")
	}
	return put("defer w.Log(" + g.exprs(g.anyType(), 2, 2) + ")")
}

// varBlock declares several variables at once.
func (g *generator) varBlock() *piece {
	a, b, c := g.unique("va"), g.unique("vb"), g.unique("vc")
	t := g.anyType()
	text := fmt.Sprintf("var (\n%s = %s\n%s %s\n%s, _ = %s, %s\n)\n_, _, _ = %[1]s, %[3]s, %[5]s", a, g.expr("int", 2), b, t, c, g.expr("int", 2), g.expr("bool", 1))
	g.add(declared{name: a, typ: "int"}, declared{name: b, typ: t, fixed: t == "*int" || t == "map[string]int"}, declared{name: c, typ: "int"})
	if t == "*int" || t == "map[string]int" || t == "*point" || t == "summer" || t == "func() int" { // nil
		text += "\n" + b + " = " + g.constant(t)
	}
	return put(text)
}

// plainSelect has channels that are variables, and maybe waits among them. No two are ready.
func (g *generator) plainSelect(depth int) *piece {
	ch := g.value("chan int")
	if ch == "" {
		ch = g.constant("chan int")
	}
	if g.canWait() {
		g.may = mayMix
	}
	never := func() string {
		if g.canWait() && g.one(2) {
			if change := g.change(); change != "" {
				return "must(future.Wait(co, After(w, w.Never(), func() { " + change + " })))"
			}
			return "must(future.Wait(co, Leaf(w, w.Never(), nil)))"
		}
		return "w.Never()"
	}
	x := g.variable("int", false)
	head := "case <-" + ch + ":"
	var vs []declared
	switch g.IntN(4) {
	case 0:
		name := g.fresh()
		vs = []declared{{name: name, typ: "int"}}
		head = "case " + name + " := <-" + ch + ":\n_ = " + name
	case 1:
		head = "case " + ch + " <- " + g.expr("int", 2) + ":"
	case 2:
		if x != "" {
			head = "case " + x + " = <-" + ch + ":"
		}
	}
	clauses := []func(s *piece){
		func(s *piece) { s.parts = append(s.parts, head, g.clause(depth, true, vs...)) },
		func(s *piece) { s.parts = append(s.parts, "case <-"+never()+":", g.clause(depth, true)) },
		func(s *piece) {
			s.parts = append(s.parts, "case "+never()+" <- "+g.expr("int", 2)+":", g.clause(depth, true))
		},
		func(s *piece) { s.parts = append(s.parts, "default:", g.clause(depth, true)) },
	}
	s := put("select {")
	for _, i := range g.Perm(len(clauses)) {
		if i == 0 || i == 3 || g.one(2) {
			may := g.may
			clauses[i](s)
			g.may = may
		}
	}
	s.parts = append(s.parts, "}")
	return s
}

// mixedStmt has operands before a wait that changes them, and behind it.
func (g *generator) mixedStmt() *piece {
	g.may = mayMix
	t, t2 := g.anyType(), g.pick("int", "int", "string", "bool")
	operand := func(t string) string { return g.or(g.mixed(t, 1), g.expr(t, 2)) }
	a := operand(t)
	change := g.change()
	if change == "" {
		return put("w.Log(" + a + ")")
	}
	wait := fmt.Sprintf("must(future.Wait(co, After(w, %s, func() { %s })))", g.expr(t2, 1), change)
	b := operand(t2)
	switch g.IntN(12) {
	case 0:
		if x := g.variable(t, false); x != "" {
			return put(x + ", _, _ = " + a + ", " + wait + ", " + b)
		}
	case 1:
		return put("w.Log([]any{" + a + ", " + wait + ", " + b + "}...)")
	case 2:
		return put("w.Log(three(" + a + ", " + wait + ", " + b + "))")
	case 3:
		return put("w.Log(map[string]any{\"a\": " + a + ", \"b\": " + wait + "}[\"a\"], " + b + ")")
	case 4:
		if t2 != "bool" {
			return put("w.Log(" + operand(t2) + " + " + wait + " + " + b + ")")
		}
		return put("w.Log(" + operand("bool") + g.pick(" && ", " || ", " == ") + wait + g.pick(" && ", " != ") + "(" + b + "))")
	case 5:
		return put("defer w.Log(" + a + ", " + wait + ", " + b + ")")
	case 6:
		return put("if eq(any(show(" + a + ")), any(" + wait + ")) {\nw.Log(" + operand(t2) + ")\n}")
	case 7:
		return put("switch show(" + a + ") {\ncase show(" + wait + "), show(" + b + "):\nw.Log(1)\n}")
	case 8:
		if x := g.variable(t2, false); x != "" && t2 != "bool" {
			return put(x + " += " + operand(t2) + " + " + wait)
		}
	case 9:
		if x := g.variable("[3]int", false); x != "" && t2 == "int" {
			return put(x + "[(" + operand("int") + ")&1], " + g.or(g.variable("int", false), "_") + " = " + wait + ", " + b)
		}
	case 10:
		if x := g.variable("map[string]int", false); x != "" && t2 == "int" {
			return put(x + "[\"k\"], _ = " + wait + ", " + b)
		}
	case 11:
		return put("func(a, b any) { w.Log(a, b) }(" + a + ", " + wait + ")")
	}
	return put("w.Log(" + a + ", " + wait + ", " + b + ")")
}
