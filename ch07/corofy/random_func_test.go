package corofy

import (
	"fmt"
	"strings"
)

// closure declares a function that changes what it likes.
func (g *generator) closure() (*piece, bool) {
	name := g.unique("f")
	outer := g.f
	g.f = &function{results: []string{"int"}}
	self := declared{name: name, typ: "func() int", fixed: true}
	how := name + " := "
	if g.one(4) { // it can call itself
		how = "var " + name + " func() int\n" + name + " = "
		g.add(self)
	}
	g.push()
	body, ends := g.list(1, 4, false)
	if !ends {
		body.list = append(body.list, g.return_())
	}
	g.pop()
	s := put(how+"func() int {\nif !w.Go() {\nreturn -1\n}", body)
	s.parts = append(s.parts, "}\n_ = "+name)
	if g.one(3) {
		s.parts = append(s.parts, "\nw.Later("+name+")")
	}
	g.f = outer
	g.add(self)
	return s, false
}

// defers returns a defer, maybe with a recover.
func (g *generator) defers() *piece {
	switch g.IntN(6) {
	case 0, 1:
		return put("defer w.Log(" + g.exprs(g.anyType(), 3, 3) + ")")
	case 2:
		if p := g.all("point", func(d declared) bool { return !d.fixed }); len(p) > 0 {
			return put("defer " + p[0].name + ".Add(" + g.expr("int", 2) + ")")
		}
	case 3:
		if fs := g.functions(); len(fs) > 0 {
			return put("defer " + fs[0].name + "()")
		}
	}
	outer, backs := g.f, g.budget
	arg, value := "", ""
	if g.one(3) {
		value = g.expr("int", 2)
		arg = g.unique("d")
	}
	g.f = &function{}
	g.push()
	s := put("defer func() {")
	if arg != "" {
		s = put("defer func(" + arg + " int) {")
		g.add(declared{name: arg, typ: "int"})
	}
	if g.one(2) {
		s.parts = append(s.parts, "\nw.Log(recover())")
	}
	body, _ := g.inner(1, true)
	s.parts = append(s.parts, body, "}("+value+")")
	g.pop()
	g.f, g.budget = outer, backs-1
	return s
}

// jump returns a statement that leads elsewhere.
func (g *generator) jump(sometimes bool) string {
	var ways []string
	if g.f.inner > 0 {
		ways = append(ways, "break")
	}
	if g.f.loops > 0 {
		ways = append(ways, "continue", "continue")
	}
	for _, label := range g.f.breaks {
		ways = append(ways, "break "+label)
	}
	for _, label := range g.f.continues {
		ways = append(ways, "continue "+label)
	}
	for _, label := range g.f.backs {
		if sometimes {
			ways = append(ways, "if w.Go() {\ngoto "+label+"\n}")
		}
	}
	if len(ways) == 0 || g.one(4) {
		if !sometimes && g.one(6) {
			return "panic(" + g.expr("string", 1) + ")"
		}
		s := &strings.Builder{}
		(&block{[]*piece{g.return_()}}).write(s)
		return strings.TrimSpace(s.String())
	}
	return g.pick(ways...)
}

func (g *generator) return_() *piece {
	g.may = g.mode()
	switch {
	case len(g.f.results) == 0:
		return put("return")
	case len(g.f.results) == 1:
		return put("return " + g.expr("int", 2))
	}
	t := g.f.results[0]
	if g.f.named && g.one(2) && g.innermost("res") && g.innermost("err") {
		return put("return")
	}
	if g.one(4) {
		if g.canWait() && g.one(2) {
			return put("return " + g.waitCall(t, 2))
		}
		return put("return two(w, " + g.expr(t, 2) + ")")
	}
	err := "nil"
	if g.one(3) {
		err = g.expr("error", 2)
	}
	return put("return " + g.expr(t, 3) + ", " + err)
}

// innermost reports whether a name means the result.
func (g *generator) innermost(name string) bool {
	for _, scope := range g.scopes[2:] {
		for _, d := range scope {
			if d.name == name {
				return false
			}
		}
	}
	return true
}

// local declares a constant, or a type and a variable of it.
func (g *generator) local() *piece {
	if g.one(2) {
		name := g.unique("K")
		g.add(declared{name: name, typ: "int", fixed: true, noAddr: true})
		return put("const " + name + " = " + fmt.Sprint(g.IntN(9)))
	}
	typ, name := fmt.Sprint(g.unique("T"), "_", g.seed), g.unique("z")
	text := "type " + typ + " struct {\nf int\ng bool\n}\n" + name + " := " + typ + "{" + g.expr("int", 2) + ", " + g.expr("bool", 2) + "}\n_ = " + name
	g.add(declared{name: name + ".f", typ: "int"}, declared{name: name + ".g", typ: "bool"})
	return put(text)
}

// forward returns a goto that leaves out a block.
func (g *generator) forward(depth int) *piece {
	label := g.unique("Ahead")
	cond := g.head("bool")
	body, _ := g.inner(max(depth-1, 0), true)
	return put("if "+cond+" {\ngoto "+label+"\n}\n{", body, "}\n"+label+":\nw.Log("+fmt.Sprintf("%q", label)+")")
}
