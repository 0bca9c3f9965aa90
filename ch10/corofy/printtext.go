package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// line1 adds a line that corofy writes.
func (c *coroutine) line1(format string, a ...any) {
	c.endMine()
	fmt.Fprintf(&c.out, format+"\n", a...)
}

// own1 adds a piece of the source.
func (c *coroutine) own1(code string) {
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
	if c.label1 == "" {
		c.label1 = c.fresh("poll")
	}
	return c.label1
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
	if name := c.declares1[id.obj]; name != nil && c.info.Defs[id.Ident] != nil {
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

// copies makes those copies of fields that the functions inside of a piece of code need.
func (c *coroutine) copies(cd code) {
	c.visit(cd, func(part any) {
		var v *variable
		switch part := part.(type) {
		case *ident:
			if part.inside {
				v = c.vars[part.obj]
			}
		case ref:
			if part.inside {
				v = c.vars[part.obj]
			}
		}
		if v == nil || v.kind == local || c.cur.copies[v] {
			return
		}
		op := ":="
		if c.cur.made[v] {
			op = "="
		}
		c.line1("%s %s %s.%s", v.local, op, c.self, v.field)
		c.cur.copies[v], c.cur.made[v] = true, true
	})
}

// printText prints a piece of the source, or a line of corofy's own.
func (c *coroutine) printText(t text) {
	if !t.own {
		c.copies(t.code)
		if line := strings.TrimSpace(c.text(t.code)); line != "" {
			c.line1("%s", line)
		}
		return
	}
	declared := c.declaredBy(t.stmt)
	all := true
	for _, id := range declared {
		v := c.vars[c.info.ObjectOf(id)]
		all = all && (v == nil || v.kind == local)
		if v != nil && c.info.Defs[id] != nil {
			defer delete(c.cur.copies, v)
		}
	}
	if _, isDecl := t.stmt.(*ast.DeclStmt); !isDecl || all {
		c.copies(t.code)
	}
	switch s := t.stmt.(type) {
	case *ast.DeclStmt:
		d := s.Decl.(*ast.GenDecl)
		if c.moved[d] {
			c.text(code{span{d.Pos(), d.End(), 0}}) // its comments have moved, too
			c.around1(t, s, "")
			return
		} else if !all {
			whole := t.code[0].(span)
			c.own1(c.text(code{span{whole.pos, s.Pos(), t.n}, rest{s.Pos(), s.End()}}))
			for _, spec := range d.Specs {
				c.copies(code{span{spec.Pos(), spec.End(), t.n}})
				c.own1(c.specText(spec.(*ast.ValueSpec), t.n))
				for _, id := range c.declaredBy(spec) {
					delete(c.cur.copies, c.vars[c.info.Defs[id]])
				}
			}
			c.own1(c.text(code{span{s.End(), whole.end, t.n}}))
			return
		}
	case *ast.ValueSpec:
		if all {
			c.own1("var " + c.text(t.code))
		} else {
			c.own1(c.specText(s, t.n))
		}
		c.unread(declared)
		return
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE && !all {
			c.around1(t, s, c.defineText(s, t.n))
			c.unread(declared)
			return
		}
	}
	c.own1(c.text(t.code))
	c.unread(declared)
}

// around1 prints what stands around a statement, and text in its place.
func (c *coroutine) around1(t text, s ast.Stmt, middle string) {
	whole := t.code[0].(span)
	c.own1(c.text(code{span{whole.pos, s.Pos(), t.n}}) + middle + c.text(code{span{s.End(), whole.end, t.n}}))
}

// declaredBy returns the identifiers that a statement, but not one inside of it, may declare.
func (c *coroutine) declaredBy(s ast.Node) (ids []*ast.Ident) {
	switch s := s.(type) {
	case *ast.AssignStmt:
		for _, x := range s.Lhs {
			if id, ok := x.(*ast.Ident); ok && s.Tok == token.DEFINE {
				ids = append(ids, id)
			}
		}
	case *ast.DeclStmt:
		for _, spec := range s.Decl.(*ast.GenDecl).Specs {
			ids = append(ids, c.declaredBy(spec)...)
		}
	case *ast.ValueSpec:
		ids = s.Names
	}
	return ids
}

// unread uses the local variables that a statement declares, and that only other steps read.
func (c *coroutine) unread(declared []*ast.Ident) {
	for _, id := range declared {
		if v := c.vars[c.info.Defs[id]]; v != nil && v.kind == local && !c.does(v, reads) {
			c.line1("_ = %s", c.nameOf(v))
		}
	}
}

// defineText returns x, y := … as an assignment, since not all are local variables of Poll's.
func (c *coroutine) defineText(s *ast.AssignStmt, n int) string {
	first, _ := s.Lhs[0].(*ast.Ident)
	if v := c.vars[c.info.Defs[first]]; v != nil && v.kind == boxed && len(s.Lhs) == 1 && types.Identical(types.Default(c.info.TypeOf(s.Rhs[0])), v.typ) {
		return fmt.Sprintf("%s.%s = %s", c.self, v.field, c.box(v, c.text(code{span{s.Rhs[0].Pos(), s.Rhs[0].End(), n}})))
	}
	room := ""
	for _, x := range s.Lhs {
		room += c.room(x.(*ast.Ident))
	}
	return room + c.text(code{span{s.Pos(), s.TokPos, n}, "=", span{s.TokPos + 2, s.End(), n}})
}

// room returns what makes room for a variable that is declared, before something is assigned to it.
func (c *coroutine) room(id *ast.Ident) string {
	v := c.vars[c.info.Defs[id]]
	switch {
	case v == nil || id.Name == "_":
	case v.kind == local:
		return fmt.Sprintf("var %s %s\n", v.local, c.text(c.typeOf(v)))
	case v.kind == boxed:
		return fmt.Sprintf("%s.%s = %s\n", c.self, v.field, c.box(v, ""))
	}
	return ""
}

// specText returns a line of a declaration as an assignment.
func (c *coroutine) specText(spec *ast.ValueSpec, n int) (text string) {
	names := ""
	for i, id := range spec.Names {
		v := c.vars[c.info.Defs[id]]
		text += c.room(id)
		if len(spec.Values) == 0 && v != nil && v.kind == framed {
			text += fmt.Sprintf("%s.%s = %s\n", c.self, v.field, c.text(c.zeroText(v.typ, c.typeOf(v))))
		}
		if i > 0 {
			names += ", "
		}
		names += c.text(code{span{id.Pos(), id.End(), n}})
	}
	if len(spec.Values) > 0 {
		text += names + " = " + c.text(code{span{spec.Values[0].Pos(), spec.Values[len(spec.Values)-1].End(), n}}) + "\n"
	}
	return text
}
