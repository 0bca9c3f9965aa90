package corofy

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// gen adds a line that corofy writes.
func (c *coroutine) gen(format string, a ...any) {
	if line := strings.TrimSpace(fmt.Sprintf(format, a...)); line != "" {
		c.endMine()
		c.out.WriteString(line + "\n")
	}
}

// own adds a piece of the source.
func (c *coroutine) own(code string) {
	if code = strings.TrimRight(strings.TrimLeft(code, "; \n\t"), " \n\t"); code == "" {
		return
	}
	if !c.mine {
		fmt.Fprintf(&c.out, "// ---- Code you actually wrote ----\n")
	}
	c.mine = true
	fmt.Fprintf(&c.out, "%s\n", code)
}

func (c *coroutine) endMine() {
	if c.mine {
		fmt.Fprintf(&c.out, "// ---------------------------------\n")
		c.mine = false
	}
}

// copies makes those copies of fields that the functions inside of a piece of code need.
func (c *coroutine) copies(cd code) {
	c.visit(cd, func(part any) {
		var v *variable
		if id, ok := part.(*ident); ok && id.inside {
			v = c.vars[id.obj]
		} else if r, ok := part.(ref); ok && r.inside {
			v = c.vars[r.obj]
		}
		if v == nil || v.kind == local || c.cur.copies[v] != "" {
			return
		}
		name := v.local
		if c.cur.made[v] { // a function that has been made keeps the copy before, with the box of then
			name = c.unused(v.name)
		}
		c.gen("%s := %s.%s", name, c.self, v.field)
		c.cur.copies[v], c.cur.made[v] = name, true
	})
}

// printText prints a piece of the source, or a line of corofy's own.
func (c *coroutine) printText(t text) {
	c.copies(t.code)
	if t.own {
		c.own(c.text(t.code))
	} else {
		c.gen("%s", c.text(t.code))
	}
	for _, id := range c.declaredBy(t.stmt) {
		if v := c.vars[c.info.Defs[id]]; v != nil {
			delete(c.cur.copies, v)
			c.unread(v)
		}
	}
}

// text returns code as it is written, now that all is known.
func (c *coroutine) text(cd code) string {
	var b strings.Builder
	c.visit(cd, func(part any) {
		switch part := part.(type) {
		case string:
			b.WriteString(part)
		case raw:
			b.WriteString(c.rawText(part.pos, part.end))
		case *ident:
			b.WriteString(c.identText(part))
		case *variable:
			b.WriteString(c.ref(part, false))
		case ref:
			b.WriteString(c.refText(part))
		case declare:
			b.WriteString(c.declareText(part))
		case leave:
			fmt.Fprintf(&b, "%s = %d\ncontinue", c.state, part.to.step.number)
			c.loops = true
			if part.nested {
				b.WriteString(" " + c.loop)
				c.loopNamed = true
			}
		case rest:
			for _, comment := range c.commentsIn(part.pos, part.end) {
				if !c.shown[comment] {
					b.WriteString("\n" + c.rawText(comment.Pos(), comment.End()))
				}
			}
		}
	})
	return b.String()
}

// rawText returns a piece of the source, whose comments are shown then.
func (c *coroutine) rawText(pos, end token.Pos) string {
	var b strings.Builder
	for _, comment := range c.commentsIn(pos, end) {
		text := comment.Text
		if c.lit != nil { // outside of coroutines nothing moves
			c.shown[comment] = true
			text = harmless(text)
		}
		b.WriteString(c.raw(pos, comment.Pos()) + text)
		pos = comment.End()
	}
	return b.String() + c.raw(pos, end)
}

// harmless makes a comment of what would be a directive for the compiler where it stands now.
func harmless(comment string) string {
	for _, begin := range []string{"//line ", "/*line "} {
		if strings.HasPrefix(comment, begin) {
			return comment[:2] + " " + comment[2:]
		}
	}
	return comment
}

// ref returns what stands for v. With inside it stands in a function inside of the body, which
// must not know the struct: it may see other days.
func (c *coroutine) ref(v *variable, inside bool) string {
	switch {
	case v.kind == local:
		return c.nameOf(v)
	case inside && v.kind == captured:
		return cmp.Or(c.cur.copies[v], v.local)
	case inside:
		return "*" + cmp.Or(c.cur.copies[v], v.local)
	case v.kind == boxed || v.kind == shared:
		return "*" + c.self + "." + v.field
	}
	return c.self + "." + v.field
}

// nameOf returns the name of a local variable. That of a temporary is chosen where it is met first.
func (c *coroutine) nameOf(v *variable) string {
	if v.local == "" {
		v.local = c.unused(v.name)
	}
	c.cur.chosen[v.local] = true // also when the file is printed again
	return v.local
}

// unused returns a name that is not mentioned in the current step, and takes it.
func (c *coroutine) unused(name string) string {
	got := name
	for i := 2; got == c.future || c.cur.names[got] != nil || c.cur.chosen[got] || c.inTypes[got] || c.copyNames[got]; i++ {
		got = fmt.Sprint(name, i)
	}
	c.cur.chosen[got] = true
	return got
}

func (c *coroutine) refText(r ref) string {
	text := c.objText(r.obj)
	if v := c.vars[r.obj]; v != nil {
		text = c.ref(v, r.inside)
	}
	if at, ok := strings.CutPrefix(text, "*"); ok && r.addr {
		return at
	} else if r.addr {
		return "&" + text
	}
	return text
}

func (c *coroutine) objText(obj types.Object) string { return cmp.Or(c.renamed[obj], obj.Name()) }

func (c *coroutine) declareText(d declare) string {
	names, op := make([]string, len(d.vars)), " = "
	for i, v := range d.vars {
		if names[i] = "_"; v != nil && c.does(v, reads) {
			names[i], op = c.nameOf(v), " := "
		}
	}
	return strings.Join(names, ", ") + op
}

// identText returns an identifier, with the & before it.
func (c *coroutine) identText(id *ident) string {
	before := c.raw(id.from, id.Pos())
	v := c.vars[id.obj]
	if name := c.generics[id.obj]; name != nil && c.info.Defs[id.Ident] != nil {
		return c.text(name)
	}
	if v == nil {
		use := id.obj
		if c.renamed[use] == "" {
			use = c.info.Uses[id.Ident] // of what is embedded
		}
		return before + cmp.Or(c.renamed[use], id.Name)
	}
	text := c.ref(v, id.inside)
	if strings.HasPrefix(text, "*") && before != "" {
		return text[1:]
	} else if strings.HasPrefix(text, "*") && binds(id) {
		return "(" + text + ")"
	}
	return before + text
}

// binds reports whether what is around id takes its value before a * would, or makes a comment of that.
func binds(id *ident) bool {
	switch parent := id.parent.(type) {
	case *ast.SelectorExpr, *ast.IndexExpr, *ast.SliceExpr, *ast.CallExpr, *ast.TypeAssertExpr:
		return parent.Pos() == id.Pos()
	case *ast.BinaryExpr:
		return parent.Op == token.QUO && parent.Y == id.Ident
	}
	return false
}
