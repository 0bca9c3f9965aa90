package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// define makes variables of what a statement declares that isn't inside of another. If not all of them live in Poll, the
// statement becomes an assignment, with what makes room for the variables before it.
func (c *coroutine) define(s ast.Stmt) {
	var spec *ast.ValueSpec
	rooms := func() (all code) {
		for _, id := range c.declaredBy(s) {
			all = append(all, c.room(id, spec != nil && spec.Values == nil))
		}
		return all
	}
	switch s := s.(type) {
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE {
			for _, x := range s.Lhs {
				c.defined(x)
			}
			c.edit(s.Pos(), s.Pos(), c.instead(s, nil, rooms))
			c.edit(s.TokPos, s.TokPos+2, c.instead(s, code{":="}, func() code { return code{"="} }))
		}
	case *ast.DeclStmt:
		d := s.Decl.(*ast.GenDecl)
		whole := code{c.node(d)}
		if d.Tok != token.VAR {
			c.flat[d] = true
			c.edit(d.Pos(), d.End(), late(func() code {
				if c.moved[d] {
					c.text(whole) // its comments have moved, too
					return nil
				}
				return whole
			}))
			return
		}
		spec = d.Specs[0].(*ast.ValueSpec)
		for _, id := range spec.Names {
			c.defined(id)
		}
		if spec.Values == nil {
			c.edit(d.Pos(), spec.End(), c.instead(s, code{"var ", c.node(spec)}, rooms))
			return
		}
		from, to := spec.Names[len(spec.Names)-1].End(), spec.Values[0].Pos()
		c.edit(from, to, c.instead(s, code{c.span(from, to)}, func() code { return code{" = "} }))
		c.edit(d.Pos(), spec.Pos(), c.instead(s, code{"var "}, rooms))
	}
}

// instead is here if all variables that s declares live in Poll, else what other returns.
func (c *coroutine) instead(s ast.Stmt, here code, other func() code) late {
	return func() code {
		for _, id := range c.declaredBy(s) {
			if v := c.vars[c.info.ObjectOf(id)]; v != nil && v.kind != local {
				return other()
			}
		}
		return here
	}
}

// declaredBy returns the identifiers that a statement, but not one inside of it, may declare.
func (c *coroutine) declaredBy(s ast.Stmt) (ids []*ast.Ident) {
	switch s := s.(type) {
	case *ast.AssignStmt:
		for _, x := range s.Lhs {
			if id, ok := x.(*ast.Ident); ok && s.Tok == token.DEFINE {
				ids = append(ids, id)
			}
		}
	case *ast.DeclStmt:
		if spec, ok := s.Decl.(*ast.GenDecl).Specs[0].(*ast.ValueSpec); ok {
			return spec.Names
		}
	}
	return ids
}

// room returns what makes room for a variable that is declared, and clears it if nothing is assigned to it then.
func (c *coroutine) room(id *ast.Ident, clears bool) string {
	v := c.vars[c.info.Defs[id]]
	switch {
	case v == nil:
	case v.kind == local:
		return fmt.Sprintf("var %s %s\n", c.nameOf(v), c.text(c.typeOf(v)))
	case v.kind == boxed:
		return c.box(v, c.zeroOf(v)) + "\n"
	case v.kind == framed && clears:
		return fmt.Sprintf("%s.%s = %s\n", c.self, v.field, c.zeroOf(v))
	}
	return ""
}

func (c *coroutine) defined(x ast.Expr) *variable {
	if id, ok := x.(*ast.Ident); ok && id.Name != "_" && c.info.Defs[id] != nil {
		return c.add(c.info.Defs[id])
	}
	return nil
}

// varDecl desugars a declaration with waits in its values, or of several lines: each becomes one of its own.
func (c *coroutine) varDecl(s *ast.DeclStmt) {
	d := s.Decl.(*ast.GenDecl)
	if d.Lparen.IsValid() {
		var list []ast.Stmt
		for _, spec := range d.Specs {
			one := &ast.DeclStmt{Decl: &ast.GenDecl{TokPos: spec.Pos(), Tok: d.Tok, Specs: []ast.Spec{spec}}}
			c.split[one] = c.split[spec]
			list = append(list, one)
		}
		c.list(d.Lparen+1, list, d.Rparen)
		return
	}
	spec := d.Specs[0].(*ast.ValueSpec)
	var to []ast.Expr
	for _, id := range spec.Names {
		to = append(to, id)
	}
	if !c.waited(to, spec.Values) {
		c.simple(s, c.assigned(spec.Values, func(i int) types.Type { return c.info.TypeOf(to[i]) })...)
	}
}
