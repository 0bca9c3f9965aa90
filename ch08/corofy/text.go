package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// gen adds a line that corofy writes.
func (c *coroutine) gen(format string, a ...any) {
	c.endMine()
	fmt.Fprintf(&c.out, format+"\n", a...)
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
				if c.loop == "" {
					c.loop = c.loopName()
				}
				b.WriteString(" " + c.loop)
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

// loopName returns the label of Poll's loop, which is the same each time the file is printed.
func (c *coroutine) loopName() string {
	if c.loopLabel == "" {
		c.loopLabel = c.fresh("poll")
	}
	return c.loopLabel
}

// rawText returns a piece of the source, whose comments are shown then.
func (c *coroutine) rawText(pos, end token.Pos) string {
	all := c.commentsIn(pos, end)
	if len(all) == 0 {
		return c.raw(pos, end)
	}
	var b strings.Builder
	for _, comment := range all {
		if c.shown == nil {
			c.shown = map[*ast.Comment]bool{}
		}
		c.shown[comment] = true
		text := comment.Text
		if c.lit != nil { // outside of coroutines nothing moves
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
		return v.local
	case inside:
		return "*" + v.local
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
	v := c.vars[r.obj]
	switch {
	case v == nil && r.addr:
		return "&" + c.objText(r.obj)
	case v == nil:
		return c.objText(r.obj)
	}
	text := c.ref(v, r.inside)
	if r.addr && strings.HasPrefix(text, "*") {
		return text[1:]
	} else if r.addr {
		return "&" + text
	}
	return text
}

func (c *coroutine) objText(obj types.Object) string {
	if name := c.renamed[obj]; name != "" {
		return name
	}
	return obj.Name()
}

func (c *coroutine) declareText(d declare) string {
	names, op := make([]string, len(d.vars)), " = "
	for i, v := range d.vars {
		if names[i] = "_"; v != nil {
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
		if use != nil && c.renamed[use] == "" {
			use = c.info.Uses[id.Ident]
		}
		if name := c.renamed[use]; use != nil && name != "" {
			return before + name
		}
		return before + id.Name
	}
	text := c.ref(v, id.inside)
	if !strings.HasPrefix(text, "*") {
		return before + text
	}
	if before != "" {
		return text[1:]
	}
	return through(text, id.Ident, v.typ, id.parent)
}

// through returns how text, which is *p, is written inside of parent, where it takes the place of id.
func through(text string, id *ast.Ident, t types.Type, parent ast.Node) string {
	switch parent := parent.(type) {
	case *ast.SelectorExpr: // Go goes through one pointer by itself
		if !isPointer(t) && !types.IsInterface(t) {
			return text[1:]
		}
	case *ast.IndexExpr:
		if parent.X != id {
			return text
		}
		if _, ok := t.Underlying().(*types.Array); ok {
			return text[1:]
		}
	case *ast.SliceExpr:
		if parent.X != id {
			return text
		}
		if _, ok := t.Underlying().(*types.Array); ok {
			return text[1:]
		}
	case *ast.CallExpr:
		if parent.Fun != id {
			return text
		}
	case *ast.BinaryExpr:
		if parent.Op != token.QUO || parent.Y != id { // it would begin a comment
			return text
		}
	case *ast.StarExpr, *ast.UnaryExpr, *ast.TypeAssertExpr:
	default:
		return text
	}
	return "(" + text + ")"
}
