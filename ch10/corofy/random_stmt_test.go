package corofy

import (
	"fmt"
	"strings"
)

// list returns statements, and whether nothing comes behind them. With goesOn something does.
func (g *generator) list(depth, most int, goesOn bool) (*block, bool) {
	b := new(block)
	for range 1 + g.IntN(most) {
		if g.budget <= 0 {
			break
		}
		backs := len(g.f.backs)
		s, ends := g.stmt(depth)
		if ends && goesOn {
			g.f.backs = g.f.backs[:backs]
			continue
		}
		if b.list = append(b.list, s); ends {
			return b, true
		}
	}
	return b, false
}

// inner is list, for what has a scope of its own.
func (g *generator) inner(depth int, goesOn bool, vs ...declared) (*block, bool) {
	g.push()
	g.add(vs...)
	backs := len(g.f.backs)
	b, ends := g.list(depth, 4, goesOn)
	g.f.backs = g.f.backs[:backs]
	g.pop()
	return b, ends
}

func (g *generator) stmt(depth int) (*piece, bool) {
	g.budget--
	g.looked = nil
	if depth > 0 && g.IntN(100) < 45 {
		return g.compound(depth - 1)
	}
	g.may = g.mode()
	switch n := g.IntN(50); n {
	case 44, 45, 46, 47, 48, 49:
		if g.f.waits {
			return g.mixedStmt(), false
		}
	case 40, 41:
		return g.moreDefers(), false
	case 42:
		if g.one(2) && !*randomTame {
			return g.varBlock(), false
		}
	case 43:
		if change := g.change(); change != "" && g.one(2) {
			return put(change), false
		} else if g.f.waits && len(g.f.results) == 2 && g.one(4) && !*randomTame {
			return put("w.Log(recover())"), false
		}
	default:
		return g.declare(), false
	case 6, 7, 8, 9, 10, 11:
		return g.assign(), false
	case 12, 13, 14, 15, 16:
		return put("w.Log(" + g.exprs(g.anyType(), 3, 3) + ", " + g.expr(g.anyType(), 3) + ")"), false
	case 17, 18, 19, 20, 21:
		return g.waitStmt(), false
	case 22, 23:
		return g.closure()
	case 24, 25, 26:
		return g.defers(), false
	case 27, 28, 29:
		return put("if " + g.head("bool") + " {\n" + g.jump(true) + "\n}"), false
	case 30:
		if g.one(2) {
			return put(g.jump(false)), true
		}
		return put("if " + g.head("bool") + " {\npanic(" + g.expr("string", 1) + ")\n}"), false
	case 31:
		if fs := g.all("func() int", func(declared) bool { return true }); len(fs) > 0 {
			f := fs[g.IntN(len(fs))].name
			if g.one(2) {
				return put(f + "()"), false
			}
			return put("w.Later(" + f + ")"), false
		}
	case 32:
		return put("w.Now()"), false
	case 33:
		ch := "w.Chan(" + g.expr("int", 2) + ")"
		return put(g.pick("close("+ch+")", "make(chan int, 1) <- "+g.expr("int", 2), "<-"+ch)), false
	case 34:
		return g.local(), false
	case 35:
		if x := g.variable("[]int", false); x != "" {
			return put(fmt.Sprintf("if len(%s) > 0 {\n%[1]s[%s]%s\n}", x, "0", g.pick("++", " = "+g.constant("int"), " -= 3"))), false
		}
	case 36:
		if x := g.variable("map[string]int", false); x != "" {
			return put("delete(" + x + `, "k")`), false
		}
	case 37:
		label := g.unique("Back")
		g.f.backs = append(g.f.backs, label)
		return put(label + ":\nif w.Go() && " + g.head("bool") + " {\ngoto " + label + "\n}"), false
	case 38:
		return g.forward(depth), false
	}
	return put("w.Log(" + g.expr("int", 3) + ")"), false
}

func (g *generator) anyType() string { return randomTypes[g.IntN(len(randomTypes))] }

// head returns an expression for the head of a statement.
func (g *generator) head(t string) string {
	x := g.expr(t, 3)
	if strings.Contains(x, "point{") || strings.Contains(x, "pair{") {
		return "(" + x + ")"
	}
	return x
}

// used returns a statement that uses a variable, for the compiler's sake.
func (g *generator) used(names ...string) string {
	text := ""
	for _, name := range names {
		if name == "_" {
			continue
		}
		if g.one(3) {
			text += "\nw.Log(" + name + ")"
		} else {
			text += "\n_ = " + name
		}
	}
	return text
}

// declare returns a declaration of one variable or two.
func (g *generator) declare() *piece {
	t := g.anyType()
	name := g.fresh()
	var text string
	switch n := g.IntN(6); {
	case n == 0 && t != "*int" && t != "func() int" && t != "*point" && t != "summer":
		text = "var " + name + " " + t
	case n == 1:
		text = "var " + name + " " + t + " = " + g.expr(t, 3)
	case n == 2:
		t2 := g.anyType()
		x, y := g.expr(t, 2), g.expr(t2, 2)
		other := g.fresh()
		if other == name {
			other = "_"
		}
		text = g.pick("var "+name+", "+other+" = ", name+", "+other+" := ") + x + ", " + y
		if text += g.used(name, other); other != "_" {
			g.add(declared{name: other, typ: t2})
		}
		g.add(declared{name: name, typ: t})
		return put(text)
	default:
		text = name + " := " + g.expr(t, 3)
	}
	g.add(declared{name: name, typ: t})
	return put(text + g.used(name))
}

// assign returns an assignment, of some kind.
func (g *generator) assign() *piece {
	t := g.anyType()
	x := g.variable(t, false)
	if x == "" {
		return g.declare()
	}
	switch n := g.IntN(10); {
	case n < 2 && t == "int":
		return put(x + g.pick("++", "--"))
	case n < 5 && (t == "int" || t == "string") && g.canRead():
		return put(x + g.pick(" += ") + g.expr(t, 3))
	case n < 7:
		t2 := g.pick(t, g.anyType())
		if y := g.variable(t2, false); y != "" {
			return put(x + ", " + y + " = " + g.other(x, t) + ", " + g.other(y, t2))
		}
	case n == 7:
		return put(x + ", _ = swap(w, " + g.expr(t, 2) + ", " + g.expr("error", 1) + ")")
	case n == 8 && t == "int" && g.canRead():
		if a := g.all("[3]int", func(d declared) bool { return !d.fixed }); len(a) > 0 {
			element := a[0].name + "[" + g.expr("int", 1) + "&1]"
			if g.one(2) {
				return put(x + ", " + element + " = " + g.other(x, t) + ", " + g.expr("int", 2))
			}
			return put(element + " = " + g.expr("int", 2))
		}
	case n == 9 && t == "int":
		return put(g.pick(x+", _ = ", "_ = ") + g.pick("any("+g.expr(g.pick("int", "string"), 2)+").(int)"))
	}
	return put(x + " = " + g.other(x, t))
}

// other returns an expression that isn't x, which vet warns of.
func (g *generator) other(x, t string) string {
	if value := g.expr(t, 2); value != x {
		return value
	}
	return g.constant(t)
}

// waitStmt returns a statement whose outermost call is a wait.
func (g *generator) waitStmt() *piece {
	if !g.canWait() {
		return put("w.Log(" + g.expr(g.anyType(), 3) + ")")
	}
	t := g.anyType()
	call := g.waitCall(t, 2)
	v, err := g.variable(t, false), g.variable("error", false)
	switch n := g.IntN(8); {
	case n == 0:
		return put(call)
	case n < 3 && v != "":
		if err == "" || g.one(3) {
			err = "_"
		}
		return put(v + ", " + err + " = " + call)
	case n == 3:
		return put("w.Log(" + g.pick("text", "must", "failed") + "(" + call + "))")
	}
	name, other := g.fresh(), "err"
	if g.one(4) || name == "err" {
		other = "_"
	}
	form := "%s, %s := %s"
	last := g.scopes[len(g.scopes)-1]
	known := false
	for _, d := range last {
		known = known || d.name == "err"
		if d.name == "err" && d.typ != "error" {
			other = "_"
		}
	}
	if !known && g.one(3) {
		form = "var %s, %s = %s"
	}
	g.add(declared{name: name, typ: t})
	if other == "err" && !known {
		g.add(declared{name: "err", typ: "error"})
	}
	return put(fmt.Sprintf(form, name, other, call) + g.used(name, other))
}
