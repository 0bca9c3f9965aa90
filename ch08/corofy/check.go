package corofy

import (
	"go/ast"
	"go/types"
	"slices"
)

// Pass 2, check: the file → its coroutines. All that can't be rewritten is refused here or, where it takes more than
// the syntax to see, where it is seen; nothing is written then.

// decls finds the coroutines, and has them go through the passes up to place.
func (r *rewriter) decls() {
	bodies := map[*ast.FuncLit]bool{}
	ast.PreorderStack(r.file, nil, func(n ast.Node, stack []ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || r.callee(call) != r.async && r.callee(call) != r.wait {
			return true
		}
		if r.calls[calleeIdent(call)] = call; r.callee(call) == r.wait {
			return true
		}
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
		call := r.calls[id.Ident]
		if id.obj == r.async && call == nil || id.obj == r.wait && (call == nil || id.lit == nil) {
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
			all = append(all, r.coroutine(d, call, lit, stack))
		}
		return false
	})
	return all
}

// callee returns the function that is called, if it has a name.
func (r *rewriter) callee(call *ast.CallExpr) types.Object { return r.info.Uses[calleeIdent(call)] }

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
	ast.PreorderStack(c.lit.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			switch c.builtin(n) {
			case "Sizeof", "Alignof", "Offsetof": // of what isn't evaluated
				c.unevaluated(n)
				return false
			case "recover": // there is nothing to recover from outside of a deferred function
				c.edit(n.Pos(), n.End(), "func() interface{} { return nil }()")
			}
			if c.callee(n) != c.wait {
				return true
			}
			path := append(stack, n)
			for i, around := range path {
				c.split[around] = true
				if s, ok := around.(*ast.RangeStmt); ok && path[i+1] == s.Body {
					_, isFunc := core(c.info.TypeOf(s.X)).(*types.Signature)
					c.hasDefers = c.hasDefers || isFunc // the function has to be told to stop
				}
			}
			switch stack[len(stack)-1].(type) {
			case *ast.DeferStmt:
				c.reject(stack[len(stack)-1].Pos(), "a wait that is deferred")
			case *ast.GoStmt:
				c.reject(stack[len(stack)-1].Pos(), "a wait in a goroutine of its own")
			}
		case *ast.DeferStmt:
			c.hasDefers = true
		}
		return true
	})
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

// parameter refuses waits that have something else than the coroutine's parameter, and other uses of that.
func (c *coroutine) parameter() {
	known := map[*ast.Ident]bool{}
	for _, id := range c.within(c.lit.Body.Pos(), c.lit.Body.End()) {
		if call := c.calls[id.Ident]; call != nil && id.obj == c.wait && id.lit == c.lit {
			co, ok := ast.Unparen(call.Args[0]).(*ast.Ident)
			if !ok || c.co == nil || c.info.Uses[co] != c.co {
				c.reject(call.Args[0].Pos(), "a wait with something else than the coroutine's own parameter")
			}
			known[co] = !id.inside
		}
		switch {
		case c.co == nil || id.obj != c.co || known[id.Ident]:
		case id.inside || id.lit != c.lit:
			c.reject(id.Pos(), "%s in a function inside of the coroutine", id.Name)
		default:
			c.reject(id.Pos(), "%s for something else than a wait", id.Name)
		}
	}
}

// syntax looks at every node of the body. Most of Go will do: but only what is listed here.
func (c *coroutine) syntax() {
	ast.Inspect(c.lit.Body, func(n ast.Node) bool {
		switch n.(type) {
		case nil, *ast.Comment, *ast.CommentGroup, *ast.Field, *ast.FieldList, *ast.Ellipsis, *ast.Ident, *ast.CallExpr,
			*ast.BasicLit, *ast.FuncLit, *ast.CompositeLit, *ast.ParenExpr, *ast.SelectorExpr, *ast.IndexExpr, *ast.IndexListExpr,
			*ast.SliceExpr, *ast.TypeAssertExpr, *ast.StarExpr, *ast.UnaryExpr, *ast.BinaryExpr, *ast.KeyValueExpr,
			*ast.ArrayType, *ast.StructType, *ast.FuncType, *ast.InterfaceType, *ast.MapType, *ast.ChanType,
			*ast.ImportSpec, *ast.ValueSpec, *ast.TypeSpec, *ast.GenDecl, *ast.DeclStmt, *ast.EmptyStmt, *ast.LabeledStmt, *ast.BranchStmt,
			*ast.ExprStmt, *ast.SendStmt, *ast.IncDecStmt, *ast.AssignStmt, *ast.ReturnStmt, *ast.BlockStmt, *ast.IfStmt, *ast.CaseClause,
			*ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt, *ast.CommClause, *ast.ForStmt, *ast.RangeStmt, *ast.DeferStmt, *ast.GoStmt:
		default:
			c.reject(n.Pos(), "%T", n)
		}
		return true
	})
}
