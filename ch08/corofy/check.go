package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

func inFunc(stack []ast.Node) bool {
	return slices.ContainsFunc(stack, func(n ast.Node) bool { _, ok := n.(*ast.FuncLit); return ok })
}

// mark finds the waits, and everything that has one in it: all else is copied as a whole.
func (c *coroutine) mark() {
	c.split, c.gotos = map[ast.Node]bool{}, map[types.Object]bool{}
	ast.PreorderStack(c.lit.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if c.callee(n) == c.wait {
				for _, s := range append(stack, n) {
					c.split[s] = true
				}
			}
		case *ast.BranchStmt:
			if n.Tok == token.GOTO {
				c.gotos[c.info.Uses[n.Label]] = true
			}
		case *ast.DeferStmt:
			c.hasDefers = true
		}
		return true
	})
}

// syntax looks at every node of the body. Most of Go will do: but only what is listed here.
func (c *coroutine) syntax() {
	known := map[*ast.Ident]bool{} // the mentions of co in waits
	ast.PreorderStack(c.lit.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		nested := inFunc(stack)
		switch n := n.(type) {
		case *ast.Ident:
			if c.co != nil && c.info.Uses[n] == c.co && !known[n] {
				if nested {
					c.reject(n.Pos(), "%s in a function inside of the coroutine", n.Name)
				} else {
					c.reject(n.Pos(), "%s for something else than a wait", n.Name)
				}
			}
		case *ast.CallExpr:
			c.checkCall(n, nested, known)
			return c.callee(n) != c.async
		case *ast.DeferStmt:
			if c.callee(n.Call) == c.wait {
				c.reject(n.Pos(), "a wait that is deferred")
			}
		case *ast.GoStmt:
			if c.callee(n.Call) == c.wait {
				c.reject(n.Pos(), "a wait in a goroutine of its own")
			}
		case *ast.RangeStmt:
			if _, ok := core(c.info.TypeOf(n.X)).(*types.Signature); ok && !nested && c.split[n.Body] {
				c.reject(n.Pos(), "a wait in a range over a function")
			}
			if core(c.info.TypeOf(n.X)) == nil && !nested && c.split[n.Body] {
				c.reject(n.Pos(), "a wait in a range over a value whose type is a parameter with several types")
			}
			for _, x := range []ast.Expr{n.Key, n.Value} {
				if c.split[x] {
					c.reject(x.Pos(), "a wait in what a range sets")
				}
			}
		case *ast.GenDecl:
			if !nested && n.Tok == token.TYPE && c.params != "" {
				c.reject(n.Pos(), "a type declared in a coroutine of a generic function")
			}
		case *ast.Comment, *ast.CommentGroup, *ast.Field, *ast.FieldList, *ast.Ellipsis,
			*ast.BasicLit, *ast.FuncLit, *ast.CompositeLit, *ast.ParenExpr, *ast.SelectorExpr, *ast.IndexExpr, *ast.IndexListExpr,
			*ast.SliceExpr, *ast.TypeAssertExpr, *ast.StarExpr, *ast.UnaryExpr, *ast.BinaryExpr, *ast.KeyValueExpr,
			*ast.ArrayType, *ast.StructType, *ast.FuncType, *ast.InterfaceType, *ast.MapType, *ast.ChanType,
			*ast.ImportSpec, *ast.ValueSpec, *ast.TypeSpec, *ast.DeclStmt, *ast.EmptyStmt, *ast.LabeledStmt, *ast.BranchStmt,
			*ast.ExprStmt, *ast.SendStmt, *ast.IncDecStmt, *ast.AssignStmt, *ast.ReturnStmt, *ast.BlockStmt,
			*ast.IfStmt, *ast.CaseClause, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.CommClause, *ast.SelectStmt, *ast.ForStmt:
		default:
			c.reject(n.Pos(), "%T", n)
		}
		return true
	})
}

func (c *coroutine) checkCall(call *ast.CallExpr, nested bool, known map[*ast.Ident]bool) {
	switch c.callee(call) {
	case c.async:
		c.reject(call.Pos(), "a coroutine inside of a coroutine")
	case types.Universe.Lookup("recover"):
		if !nested {
			c.reject(call.Pos(), "recover outside of a deferred function")
		}
	case c.wait:
		id, ok := ast.Unparen(call.Args[0]).(*ast.Ident)
		switch {
		case !ok || c.co == nil || c.info.Uses[id] != c.co:
			c.reject(call.Args[0].Pos(), "a wait with something else than the coroutine's own parameter")
		case !nested:
			known[id] = true
		}
	}
}

// opened reports whether the statements inside of s become steps of their own. If only its
// head has a wait, what comes before that is taken out, and s stays as it is.
func (c *coroutine) opened(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.IfStmt:
		return c.split[s.Body] || s.Else != nil && c.split[s.Else]
	case *ast.RangeStmt:
		return c.split[s.Body]
	case *ast.SwitchStmt:
		return c.split[s.Body]
	case *ast.TypeSwitchStmt:
		return c.split[s.Body]
	case *ast.SelectStmt:
		return slices.ContainsFunc(s.Body.List, func(s ast.Stmt) bool {
			return slices.ContainsFunc(s.(*ast.CommClause).Body, func(s ast.Stmt) bool { return c.split[s] })
		})
	}
	return c.split[s]
}

// flat registers the variables that statements declare which don't stay inside of one that is
// copied as a whole.
func (c *coroutine) flat(list []ast.Stmt) {
	for _, s := range list {
		c.flatStmt(s)
	}
}

func (c *coroutine) flatStmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE {
			c.defined(s.Lhs...)
		}
	case *ast.DeclStmt:
		if d := s.Decl.(*ast.GenDecl); d.Tok == token.VAR {
			for _, spec := range d.Specs {
				for _, id := range spec.(*ast.ValueSpec).Names {
					c.defined(id)
				}
			}
		} else {
			c.inner(d)
		}
	case *ast.LabeledStmt:
		c.flatStmt(s.Stmt)
	case *ast.BlockStmt:
		if c.split[s] {
			c.flat(s.List)
		}
	case *ast.IfStmt:
		if c.split[s] && s.Init != nil {
			c.flatStmt(s.Init)
		}
		if c.opened(s) {
			c.flat(s.Body.List)
			if s.Else != nil {
				c.flat([]ast.Stmt{forceSplit(c, s.Else)})
			}
		}
	case *ast.ForStmt:
		if c.split[s] {
			if s.Init != nil {
				c.flatStmt(s.Init)
			}
			c.flat(s.Body.List)
		}
	case *ast.RangeStmt:
		if c.opened(s) {
			if s.Tok == token.DEFINE {
				c.defined(s.Key, s.Value)
			}
			c.flat(s.Body.List)
		}
	case *ast.SwitchStmt:
		if c.split[s] && s.Init != nil {
			c.flatStmt(s.Init)
		}
		if c.opened(s) {
			c.flat(clauses(s.Body))
		}
	case *ast.TypeSwitchStmt:
		if c.split[s] && s.Init != nil {
			c.flatStmt(s.Init)
		}
		if c.opened(s) {
			for _, clause := range s.Body.List {
				if obj := c.info.Implicits[clause]; obj != nil {
					c.add(obj)
				}
			}
			c.flat(clauses(s.Body))
		}
	case *ast.SelectStmt:
		if c.opened(s) {
			for _, clause := range s.Body.List {
				if comm := clause.(*ast.CommClause).Comm; comm != nil {
					c.flatStmt(comm)
				}
			}
			c.flat(clauses(s.Body))
		}
	}
}

// forceSplit makes an else without a wait, beside a branch that has one, steps as well.
func forceSplit(c *coroutine, s ast.Stmt) ast.Stmt {
	c.split[s] = true
	return s
}

func clauses(b *ast.BlockStmt) (list []ast.Stmt) {
	for _, s := range b.List {
		switch s := s.(type) {
		case *ast.CaseClause:
			list = append(list, s.Body...)
		case *ast.CommClause:
			list = append(list, s.Body...)
		}
	}
	return list
}

func (c *coroutine) defined(xs ...ast.Expr) {
	for _, x := range xs {
		if id, ok := x.(*ast.Ident); ok && id.Name != "_" && c.info.Defs[id] != nil {
			c.add(c.info.Defs[id])
		}
	}
}

// inner remembers the types and constants that a statement of the body declares.
func (c *coroutine) inner(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			c.decls[c.info.Defs[spec.Name]] = d
		case *ast.ValueSpec:
			for _, id := range spec.Names {
				if id.Name != "_" {
					c.decls[c.info.Defs[id]] = d
				}
			}
		}
	}
}
