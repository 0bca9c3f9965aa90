package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

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
		c.gen("%s %s %s.%s", v.local, op, c.self, v.field)
		c.cur.copies[v], c.cur.made[v] = true, true
	})
}

// printText prints a piece of the source, or a line of corofy's own.
func (c *coroutine) printText(t text) {
	if !t.own {
		c.copies(t.code)
		if line := strings.TrimSpace(c.text(t.code)); line != "" {
			c.gen("%s", line)
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
			c.beside(t, s, "")
			return
		} else if !all {
			whole := t.code[0].(span)
			c.own(c.text(code{span{whole.pos, s.Pos(), t.n}, rest{s.Pos(), s.End()}}))
			for _, spec := range d.Specs {
				c.copies(code{span{spec.Pos(), spec.End(), t.n}})
				c.own(c.specText(spec.(*ast.ValueSpec), t.n))
				for _, id := range c.declaredBy(spec) {
					delete(c.cur.copies, c.vars[c.info.Defs[id]])
				}
			}
			c.own(c.text(code{span{s.End(), whole.end, t.n}}))
			return
		}
	case *ast.ValueSpec:
		if all {
			c.own("var " + c.text(t.code))
		} else {
			c.own(c.specText(s, t.n))
		}
		c.unread(declared)
		return
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE && !all {
			c.beside(t, s, c.defineText(s, t.n))
			c.unread(declared)
			return
		}
	}
	c.own(c.text(t.code))
	c.unread(declared)
}

// beside prints what stands around a statement, and text in its place.
func (c *coroutine) beside(t text, s ast.Stmt, middle string) {
	whole := t.code[0].(span)
	c.own(c.text(code{span{whole.pos, s.Pos(), t.n}}) + middle + c.text(code{span{s.End(), whole.end, t.n}}))
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
			c.gen("_ = %s", c.nameOf(v))
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
