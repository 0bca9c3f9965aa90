package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// Pass 2, check: the file → its coroutines. All that can't be rewritten is refused here or, where it takes more than
// the syntax to see, where it is seen; nothing is written then.

// decls finds the coroutines, and has them go through the passes up to place.
func (r *rewriter) decls() {
	bodies := map[*ast.FuncLit]bool{}
	known := map[*ast.Ident]bool{} // the mentions of Async and Wait that are accounted for
	ast.PreorderStack(r.file, nil, func(n ast.Node, stack []ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || r.callee(call) != r.async && r.callee(call) != r.wait {
			return true
		}
		if r.callee(call) == r.wait {
			known[calleeIdent(call)] = slices.ContainsFunc(stack, func(n ast.Node) bool {
				lit, ok := n.(*ast.FuncLit)
				return ok && bodies[lit]
			})
			return true
		}
		known[calleeIdent(call)] = true
		switch stack[len(stack)-1].(type) {
		case *ast.ExprStmt, *ast.GoStmt, *ast.DeferStmt:
			r.reject(call.Pos(), "a coroutine that nobody can poll")
		}
		if lit, ok := ast.Unparen(call.Args[0]).(*ast.FuncLit); ok {
			bodies[lit] = true
		} else {
			r.reject(call.Args[0].Pos(), "a coroutine whose body is no function literal")
		}
		return true
	})
	r.collect(r.file, r.info, bodies)
	for _, id := range r.idents {
		if (id.obj == r.async || id.obj == r.wait) && !known[id.Ident] {
			r.reject(id.Pos(), "%s.%s outside of a coroutine, or not called", r.future, id.Name)
		}
		if id.obj != nil && id.obj.Pkg() != nil && r.dot && id.obj.Pkg() == r.async.Pkg() && !id.member && id.obj.Parent() == id.obj.Pkg().Scope() {
			r.edit(id.Pos(), id.End(), r.future+"."+id.Name)
		}
	}
	for _, d := range r.file.Decls {
		r.inside(d, d)
	}
	for _, c := range r.coroutines {
		if len(r.errs) == 0 {
			c.place()
		}
	}
}

// inside finds the coroutines in n, but not those in coroutines.
func (r *rewriter) inside(d ast.Decl, n ast.Node) (all []*coroutine) {
	ast.PreorderStack(n, nil, func(n ast.Node, stack []ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || r.callee(call) != r.async {
			return true
		}
		if lit, ok := ast.Unparen(call.Args[0]).(*ast.FuncLit); ok {
			all = append(all, r.coroutine(d, call, lit, inFunc(stack)))
		}
		return false
	})
	return all
}

// callee returns the function that is called, if it has a name.
func (r *rewriter) callee(call *ast.CallExpr) types.Object {
	if id := calleeIdent(call); id != nil {
		return r.info.Uses[id]
	}
	return nil
}

func calleeIdent(call *ast.CallExpr) *ast.Ident {
	fun := ast.Unparen(call.Fun)
	switch f := fun.(type) { // with its type arguments
	case *ast.IndexExpr:
		fun = ast.Unparen(f.X)
	case *ast.IndexListExpr:
		fun = ast.Unparen(f.X)
	}
	switch f := fun.(type) {
	case *ast.Ident:
		return f
	case *ast.SelectorExpr:
		return f.Sel
	}
	return nil
}

func (r *rewriter) builtin(call *ast.CallExpr) string {
	if b, ok := r.callee(call).(*types.Builtin); ok {
		return b.Name()
	}
	return ""
}

func inFunc(stack []ast.Node) bool {
	return slices.ContainsFunc(stack, func(n ast.Node) bool { _, ok := n.(*ast.FuncLit); return ok })
}

// mark finds the waits, and everything that has one in it: all else is copied as a whole.
func (c *coroutine) mark() {
	var ranges []*ast.RangeStmt
	ast.PreorderStack(c.lit.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			switch c.builtin(n) {
			case "Sizeof", "Alignof", "Offsetof": // of what isn't evaluated
				c.unevaluated(n)
				return false
			}
			if c.builtin(n) == "recover" { // there is nothing to recover from outside of a deferred function
				c.edit(n.Pos(), n.End(), c.std("any"), "(nil)")
			}
			if c.callee(n) == c.wait {
				for _, s := range append(stack, n) {
					c.split[s] = true
				}
			}
		case *ast.DeferStmt:
			if c.hasDefers = true; c.builtin(n.Call) == "recover" {
				c.edit(n.Pos(), n.End(), "_ = ", c.std("any"), "(nil)")
				return false
			}
		case *ast.GoStmt:
			if c.builtin(n.Call) == "recover" {
				c.edit(n.Pos(), n.End(), "_ = ", c.std("any"), "(nil)")
				return false
			}
		case *ast.ExprStmt:
			if call, ok := ast.Unparen(n.X).(*ast.CallExpr); ok && c.builtin(call) == "recover" {
				c.edit(n.Pos(), n.End(), "_ = ", c.std("any"), "(nil)")
				return false
			}
		case *ast.BranchStmt:
			if n.Tok == token.GOTO {
				c.gotos[c.info.Uses[n.Label]] = true
			}
		case *ast.RangeStmt:
			ranges = append(ranges, n)
		}
		return true
	})
	for _, s := range ranges {
		_, ok := core(c.info.TypeOf(s.X)).(*types.Signature)
		c.hasDefers = c.hasDefers || ok && c.split[s.Body] // the function has to be told to stop
	}
}

// unevaluated puts a value of the same type in the place of a wait that doesn't happen.
func (c *coroutine) unevaluated(call *ast.CallExpr) {
	ast.Inspect(call, func(n ast.Node) bool {
		if w, ok := n.(*ast.CallExpr); ok && c.callee(w) == c.wait {
			if c.builtin(call) == "Offsetof" {
				c.reject(w.Pos(), "a wait in unsafe.Offsetof")
			} else {
				x := call.Args[0]
				c.edit(x.Pos(), x.End(), "*new(", c.typeText(x.Pos(), c.info.TypeOf(x)), ")")
			}
			return false
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
			if c.callee(n) == c.wait && !(nested && c.inner(stack)) {
				id, ok := ast.Unparen(n.Args[0]).(*ast.Ident)
				if !ok || c.co == nil || c.info.Uses[id] != c.co {
					c.reject(n.Args[0].Pos(), "a wait with something else than the coroutine's own parameter")
				} else if !nested {
					known[id] = true
				}
			}
		case *ast.DeferStmt:
			if c.callee(n.Call) == c.wait {
				c.reject(n.Pos(), "a wait that is deferred")
			}
		case *ast.GoStmt:
			if c.callee(n.Call) == c.wait {
				c.reject(n.Pos(), "a wait in a goroutine of its own")
			}
		case *ast.RangeStmt:
			if core(c.info.TypeOf(n.X)) == nil && !nested && c.split[n.Body] {
				c.reject(n.Pos(), "a wait in a range over a value whose type is a parameter with several types")
			}
			for _, x := range []ast.Expr{n.Key, n.Value} {
				if c.split[x] {
					c.reject(x.Pos(), "a wait in what a range sets")
				}
			}
		case *ast.CommClause:
			if set, ok := n.Comm.(*ast.AssignStmt); ok && slices.ContainsFunc(set.Lhs, func(x ast.Expr) bool { return c.split[x] }) {
				c.reject(set.Pos(), "a wait in what a select sets")
			}
		case *ast.Comment, *ast.CommentGroup, *ast.Field, *ast.FieldList, *ast.Ellipsis,
			*ast.BasicLit, *ast.FuncLit, *ast.CompositeLit, *ast.ParenExpr, *ast.SelectorExpr, *ast.IndexExpr, *ast.IndexListExpr,
			*ast.SliceExpr, *ast.TypeAssertExpr, *ast.StarExpr, *ast.UnaryExpr, *ast.BinaryExpr, *ast.KeyValueExpr,
			*ast.ArrayType, *ast.StructType, *ast.FuncType, *ast.InterfaceType, *ast.MapType, *ast.ChanType,
			*ast.ImportSpec, *ast.ValueSpec, *ast.TypeSpec, *ast.GenDecl, *ast.DeclStmt, *ast.EmptyStmt, *ast.LabeledStmt, *ast.BranchStmt,
			*ast.ExprStmt, *ast.SendStmt, *ast.IncDecStmt, *ast.AssignStmt, *ast.ReturnStmt, *ast.BlockStmt,
			*ast.IfStmt, *ast.CaseClause, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt, *ast.ForStmt:
		default:
			c.reject(n.Pos(), "%T", n)
		}
		return true
	})
}

// inner reports whether the innermost function around is the body of another coroutine, which will see to it.
func (c *coroutine) inner(stack []ast.Node) bool {
	for i, n := range slices.Backward(stack) {
		if lit, ok := n.(*ast.FuncLit); ok {
			for i--; i >= 0; i-- {
				if _, paren := stack[i].(*ast.ParenExpr); !paren {
					break
				}
			}
			call, ok := stack[i].(*ast.CallExpr)
			return ok && c.callee(call) == c.async && ast.Unparen(call.Args[0]) == lit
		}
	}
	return false
}
