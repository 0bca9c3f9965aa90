package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
)

// add makes obj a variable of the coroutine.
func (c *coroutine) add(obj types.Object) *variable {
	if v := c.vars[obj]; v != nil || obj == nil {
		return v
	}
	v := &variable{obj: obj, n: len(c.order), name: obj.Name(), typ: obj.Type(), box: c.addressed[obj] || c.closed[obj], home: map[*step]bool{}}
	c.vars[obj] = v
	c.order = append(c.order, v)
	return v
}

// temp makes a variable that the source doesn't have.
func (c *coroutine) temp(name string, t types.Type) *variable {
	v := &variable{n: len(c.order), name: name, typ: types.Default(t), home: map[*step]bool{}}
	c.order = append(c.order, v)
	return v
}

// uses looks at all mentions of variables, in the body and in the function around it.
func (c *coroutine) uses() {
	c.written, c.addressed, c.closed = map[types.Object]bool{}, map[types.Object]bool{}, map[types.Object]bool{}
	c.writes, c.inits = map[types.Object]ast.Expr{}, map[any]ast.Expr{}
	ast.Inspect(c.decl, func(n ast.Node) bool { c.mention(n); return true })
	for _, sub := range c.subs {
		for _, v := range sub.captures() {
			if c.isOwn(v.obj) {
				c.closed[v.obj] = c.closed[v.obj] || v.kind == shared || sub.nested
			} else {
				c.capture(v.obj)
			}
		}
	}
	for _, id := range c.within(c.lit.Body.Pos(), c.lit.Body.End()) {
		obj := id.obj
		switch {
		case id.lit != c.lit || obj == nil || obj.Pkg() != c.pkg || obj.Parent() == nil || obj.Parent() == c.pkg.Scope() || obj == c.co:
		case !c.isOwn(obj):
			c.capture(obj)
		case id.inside:
			c.closed[obj] = true
		}
	}
	if results := c.lit.Type.Results.List; len(results[0].Names) > 0 {
		for _, f := range results {
			for _, id := range f.Names {
				obj := c.info.Defs[id]
				if id.Name == "_" { // it can't be mentioned
					obj = types.NewVar(id.Pos(), c.pkg, "result", c.info.TypeOf(f.Type))
				}
				v := c.add(obj)
				c.writes[obj] = f.Type
				v.always = true
				c.results = append(c.results, v)
			}
		}
	}
}

// isOwn reports whether obj is declared in the body, or by it.
func (c *coroutine) isOwn(obj types.Object) bool {
	return obj.Pos() >= c.lit.Pos() && obj.Pos() < c.lit.End()
}

// capture makes a variable of the function around the coroutine one of the struct's.
func (c *coroutine) capture(obj types.Object) {
	if _, ok := obj.(*types.Var); !ok {
		if d := c.decls[obj]; d != nil {
			c.move(d, obj) // a type or a constant, which the methods must see, too
		}
		return
	}
	v := c.add(obj)
	v.kind = captured
	if c.written[obj] || c.addressed[obj] {
		v.kind = shared
	}
}

// mention notes who is written to, whose address is taken, where variables have their types from, and what else is declared.
func (c *coroutine) mention(n ast.Node) {
	write := func(x, from ast.Expr) {
		if id, ok := ast.Unparen(x).(*ast.Ident); ok && c.info.Defs[id] != nil {
			c.inits[c.info.Defs[id]] = from
		} else if x != nil {
			c.written[c.root(x)] = true
		}
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, x := range n.Lhs {
			write(x, n.Rhs[min(i, len(n.Rhs)-1)])
		}
	case *ast.IncDecStmt:
		write(n.X, nil)
	case *ast.RangeStmt:
		write(n.Key, n.X)
		write(n.Value, n.X)
	case *ast.GenDecl:
		for _, spec := range n.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				c.decls[c.info.Defs[spec.Name]] = n
			case *ast.ValueSpec:
				for i, id := range spec.Names {
					switch {
					case n.Tok == token.CONST && id.Name != "_":
						c.decls[c.info.Defs[id]] = n
					case spec.Type != nil:
						c.writes[c.info.Defs[id]] = spec.Type
					case len(spec.Values) > 0:
						write(id, spec.Values[min(i, len(spec.Values)-1)])
					}
				}
			}
		}
	case *ast.Field:
		for _, id := range n.Names {
			c.writes[c.info.Defs[id]] = n.Type
		}
	case *ast.FuncType: // a return sets a named result
		if n.Results != nil {
			for _, f := range n.Results.List {
				for _, id := range f.Names {
					c.written[c.info.Defs[id]] = true
				}
			}
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			c.addressed[c.root(n.X)] = true
		}
	case *ast.SliceExpr:
		if isArray(c.info.TypeOf(n.X)) {
			c.addressed[c.root(n.X)] = true
		}
	case *ast.SelectorExpr: // x.Method, which means (&x).Method
		s := c.info.Selections[n]
		if s == nil || s.Kind() != types.MethodVal || s.Indirect() {
			return
		}
		if recv := s.Obj().Type().(*types.Signature).Recv(); recv != nil && isPointer(recv.Type()) && !isPointer(s.Recv()) {
			c.addressed[c.root(n.X)] = true
		}
	}
}
