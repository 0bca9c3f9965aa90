package corofy

import (
	"fmt"
	"strings"
)

// compound returns a statement with others in it.
func (g *generator) compound(depth int) (*piece, bool) {
	g.push()
	defer g.pop()
	g.may = g.mode()
	switch g.IntN(13) {
	case 12:
		return g.plainSelect(depth), false
	case 0, 1, 2:
		return g.if_(depth)
	case 3, 4:
		return g.for_(depth), false
	case 5, 6:
		return g.range_(depth), false
	case 7, 8:
		return g.switch_(depth), false
	case 9:
		return g.typeSwitch(depth), false
	case 10:
		return g.select_(depth), false
	}
	body, ends := g.inner(depth, false)
	return put("{", body, "}"), ends
}

// init returns the first part of a head, or nothing, and the variable that it declares, which
// has to be used.
func (g *generator) init() (text, name string) {
	if !g.one(3) {
		return "", ""
	}
	g.may = g.mode()
	defer func() { g.may = g.mode() }()
	switch x := g.variable("int", false); {
	case x != "" && g.one(3):
		return x + " = " + g.head("int") + "; ", ""
	case g.one(2):
		return "w.Log(" + g.expr("int", 2) + "); ", ""
	}
	value := g.head("int")
	name = g.fresh()
	g.add(declared{name: name, typ: "int"})
	return name + " := " + value + "; ", name
}

func (g *generator) if_(depth int) (*piece, bool) {
	head, name := g.init()
	if name != "" {
		head += "w.I(" + name + ") >= 0 && "
	}
	s := put("if " + head + g.head("bool") + " {")
	body, ends := g.inner(depth, false)
	s.parts = append(s.parts, body)
	for range g.IntN(3) {
		g.may = g.mode()
		s.parts = append(s.parts, "} else if "+g.head("bool")+" {")
		body, end := g.inner(depth, false)
		s.parts = append(s.parts, body)
		ends = ends && end
	}
	if !g.one(2) {
		s.parts = append(s.parts, "}")
		return s, false
	}
	body, end := g.inner(depth, false)
	s.parts = append(s.parts, "} else {", body, "}")
	return s, ends && end
}

// loop lowers the body of a loop, and adds the label.
func (g *generator) loop(head string, depth int) *piece {
	text := ""
	out := "break"
	label := ""
	if g.one(2) {
		label = g.unique("Loop")
		text, out = label+":\n", "break "+label
		g.f.breaks, g.f.continues = append(g.f.breaks, label), append(g.f.continues, label)
	}
	g.f.inner++
	g.f.loops++
	body, _ := g.inner(depth, false)
	g.f.inner--
	g.f.loops--
	if label != "" {
		g.f.breaks, g.f.continues = g.f.breaks[:len(g.f.breaks)-1], g.f.continues[:len(g.f.continues)-1]
	}
	return put(text+head+" {\nif !w.Go() {\n"+out+"\n}", body, "}")
}

func (g *generator) for_(depth int) *piece {
	switch g.IntN(4) {
	case 0:
		return g.loop("for", depth)
	case 1:
		return g.loop("for "+g.head("bool"), depth)
	}
	name := g.fresh()
	from := g.head("int")
	g.add(declared{name: name, typ: "int"})
	g.may = g.mode()
	cond := fmt.Sprintf("w.I(%s) < %d", name, 2+g.IntN(3))
	if g.one(3) {
		cond += " && " + g.head("bool")
	}
	g.may = g.mode()
	post := name + "++"
	if g.one(3) {
		post = name + ", _ = " + name + " + 1, " + g.head("int")
	} else if x := g.variable("int", false); x != "" && g.one(3) {
		post = x + " = " + g.head("int")
	}
	if !strings.ContainsAny(from, "0123456789") || g.one(2) {
		from = "0"
	}
	return g.loop("for "+name+" := "+from+"; "+cond+"; "+post, depth)
}

func (g *generator) range_(depth int) *piece {
	var over, k, v string
	switch g.IntN(9) {
	case 0:
		over, k = g.head("int")+" & 3", "int"
	case 1, 2:
		over, k, v = g.head("[]int"), "int", "int"
	case 3:
		over, k, v = g.head("[3]int"), "int", "int"
	case 4:
		if x := g.variable("[3]int", true); x != "" {
			over, k, v = "&"+x, "int", "int"
			break
		}
		over, k = "3", "int"
	case 5:
		over, k, v = g.head("string"), "int", "rune"
	case 6:
		over, k, v = `map[string]int{"k": `+g.head("int")+"}", "string", "int"
	case 7:
		over, k = "w.Closed("+g.exprs("int", 2, 3)+")", "int"
	default:
		over, k, v = "w.Seq("+g.expr("int", 2)+")", "int", "string"
		if *randomTame || !g.one(6) {
			waits, may := g.f.waits, g.may
			g.f.waits = false
			defer func() { g.f.waits, g.may = waits, may }()
		}
	}
	if strings.Contains(over, "point{") {
		over = "(" + over + ")"
	}
	if g.one(6) {
		return g.loop("for range "+over, depth)
	}
	if x, y := g.variable(k, false), g.variable(v, false); x != "" && g.one(4) && g.canRead() {
		if v != "" && y != "" && y != x && g.one(2) {
			return g.loop("for "+x+", "+y+" = range "+over, depth)
		}
		return g.loop("for "+x+" = range "+over, depth)
	}
	names := []string{g.fresh()}
	if v != "" && !g.one(3) {
		names = append(names, g.fresh())
		if names[0] == names[1] || g.one(5) {
			names[0] = "_"
		}
	}
	for i, name := range names {
		if name != "_" {
			g.add(declared{name: name, typ: []string{k, v}[i]})
		}
	}
	s := g.loop("for "+strings.Join(names, ", ")+" := range "+over, depth)
	s.parts[0] = fmt.Sprint(s.parts[0]) + g.used(names...)
	return s
}

// labelled returns a label for a switch, with a break that uses it, or nothing.
func (g *generator) labelled() (label, use string) {
	if !g.one(4) {
		return "", ""
	}
	label = g.unique("Switch")
	g.f.breaks = append(g.f.breaks, label)
	return label + ":\n", "\nif !w.Go() {\nbreak " + label + "\n}"
}

func (g *generator) unlabelled(label string) {
	if label != "" {
		g.f.breaks = g.f.breaks[:len(g.f.breaks)-1]
	}
}

// clause returns the body of one clause.
func (g *generator) clause(depth int, last bool, vs ...declared) *block {
	g.f.inner++
	b, _ := g.inner(depth, last, vs...)
	g.f.inner--
	return b
}

func (g *generator) switch_(depth int) *piece {
	t := g.pick("", "int", "string", "bool")
	head, name := g.init()
	switch {
	case name != "":
		t = "int"
		head += "w.I(" + name + ")"
	case t == "":
		t = "bool"
	default:
		head += g.head(t)
	}
	label, use := g.labelled()
	defer g.unlabelled(label)
	s := put(label + "switch " + head + " {")
	n := g.IntN(4)
	def := g.IntN(n + 3)
	for i := range n + 1 {
		if i == def {
			s.parts = append(s.parts, "default:"+use)
		} else {
			g.may = g.mode()
			var cases []string
			for range 1 + g.IntN(2) {
				name := map[string]string{"int": "I", "string": "S", "bool": "B"}[t]
				x := "w." + name + "(" + g.expr(t, 2) + ")"
				if g.canWait() && g.one(2) {
					x = g.wait(t, 1)
				}
				cases = append(cases, x)
			}
			s.parts = append(s.parts, "case "+strings.Join(cases, ", ")+":"+use)
		}
		if i < n && g.one(4) {
			body := g.clause(depth, true)
			s.parts = append(s.parts, body, "fallthrough")
		} else {
			s.parts = append(s.parts, g.clause(depth, i == n))
		}
	}
	s.parts = append(s.parts, "}")
	return s
}

func (g *generator) typeSwitch(depth int) *piece {
	head := g.head("any")
	name := g.fresh()
	s := put("switch " + name + " := " + head + ".(type) {\ncase int:\nw.Log(" + name + ")")
	if !strings.HasPrefix(head, "any(") && !strings.HasPrefix(head, "must(") {
		s = put("switch " + name + " := any(" + head + ").(type) {\ncase int:\nw.Log(" + name + ")")
	}
	one := func(t string) {
		s.parts = append(s.parts, g.clause(depth, true, declared{name: name, typ: t}))
	}
	one("int")
	for _, t := range []string{"string", "bool, point", "default", "[]int", "nil"} {
		switch {
		case g.one(2):
		case t == "default":
			s.parts = append(s.parts, "default:\n_ = "+name)
			one("any")
		case t == "nil" || strings.Contains(t, ","):
			s.parts = append(s.parts, "case "+t+":\n_ = "+name)
			one("any")
		default:
			s.parts = append(s.parts, "case "+t+":")
			one(t)
		}
	}
	s.parts = append(s.parts, "}")
	return s
}

// select_ has one channel at most that is ready.
func (g *generator) select_(depth int) *piece {
	if g.may == mayWait {
		g.may = mayRead // corofy refuses waits there
	}
	waits := g.f.waits
	g.f.waits = false
	ready := "w.Chan(" + g.expr("int", 2) + ")"
	never := g.pick("w.Never() <- "+g.expr("int", 2), "<-w.Never()")
	x := g.variable("int", false)
	g.f.waits = waits
	s := put("select {")
	name := g.fresh()
	clauses := []func(){
		func() {
			switch g.IntN(4) {
			case 0:
				s.parts = append(s.parts, "case <-"+ready+":", g.clause(depth, true))
				return
			case 1:
				if x != "" {
					s.parts = append(s.parts, "case "+x+" = <-"+ready+":", g.clause(depth, true))
					return
				}
			}
			vs := []declared{{name: name, typ: "int"}}
			text := "case " + name + " := <-" + ready + ":\n_ = " + name
			if g.one(2) && name != "ok" {
				vs = append(vs, declared{name: "ok", typ: "bool"})
				text = "case " + name + ", ok := <-" + ready + ":\n_, _ = " + name + ", ok"
			}
			s.parts = append(s.parts, text, g.clause(depth, true, vs...))
		},
		func() { s.parts = append(s.parts, "case "+never+":", g.clause(depth, true)) },
		func() { s.parts = append(s.parts, "default:", g.clause(depth, true)) },
	}
	first := g.IntN(3)
	if first == 1 && g.one(2) { // none is ready
		clauses = clauses[1:]
	} else {
		clauses = clauses[:1+g.IntN(3)]
	}
	for _, i := range g.Perm(len(clauses)) {
		clauses[i]()
	}
	s.parts = append(s.parts, "}")
	return s
}
