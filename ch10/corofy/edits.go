package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// statement edits what can't stay as it is in a statement that is copied: returns, defers, branches that
// lead out of it, and recover, which has nothing to recover from outside of a deferred function.
func (c *coroutine) statement(s ast.Stmt) {
	ast.PreorderStack(s, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			for _, x := range n.Results {
				c.recovers(x)
			}
			c.returned(n)
			return false
		case *ast.DeferStmt:
			c.deferred(n)
			return false
		case *ast.ExprStmt:
			if call, ok := ast.Unparen(n.X).(*ast.CallExpr); ok && c.builtin(call) == "recover" {
				c.edit(n.Pos(), n.End(), "_ = ", c.std("any"), "(nil)")
				return false
			}
		case *ast.CallExpr:
			if c.builtin(n) == "recover" {
				c.edit(n.Pos(), n.End(), c.std("any"), "(nil)")
			}
		case *ast.BranchStmt:
			c.branch(n, stack)
		}
		return true
	})
}

func (c *coroutine) recovers(x ast.Expr) {
	ast.Inspect(x, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && c.builtin(call) == "recover" {
			c.edit(call.Pos(), call.End(), c.std("any"), "(nil)")
		}
		_, isFunc := n.(*ast.FuncLit)
		return !isFunc
	})
}

// returned edits a return. The frame is let go of when the results are known; where there are
// deferred calls that is after they have run.
func (c *coroutine) returned(s *ast.ReturnStmt) {
	refs := []any{}
	for i, v := range c.results {
		if i > 0 {
			refs = append(refs, ", ")
		}
		refs = append(refs, ref{obj: v.obj})
	}
	var values code
	if len(s.Results) > 0 {
		values = code{c.span(s.Results[0].Pos(), s.Results[len(s.Results)-1].End())}
	}
	last := func(values ...any) code {
		if c.hasDefers {
			return code{"return ", code(values)}
		}
		return code{"return ", c.self, ".done(", code(values), ")"}
	}
	switch {
	case len(s.Results) == 0:
		c.edit(s.Pos(), s.End(), last(refs...))
	case len(refs) > 0:
		set := code{refs[0], ", ", refs[2], " = ", values, "\n"}
		if len(s.Results) == 2 { // what is returned as it is needs no assignment
			same := func(i int) bool {
				id, ok := s.Results[i].(*ast.Ident)
				return ok && c.info.Uses[id] == c.results[i].obj
			}
			switch {
			case same(0) && same(1):
				set = nil
			case same(0):
				set = code{refs[2], " = ", c.node(s.Results[1]), "\n"}
			case same(1):
				set = code{refs[0], " = ", c.node(s.Results[0]), "\n"}
			}
		}
		c.edit(s.Pos(), s.End(), set, last(refs...))
	case !c.hasDefers:
		c.edit(s.Pos(), s.End(), last(values))
	}
}

// branch edits a break, continue or goto that means something outside of the statement around it.
func (c *coroutine) branch(b *ast.BranchStmt, stack []ast.Node) {
	if b.Tok == token.FALLTHROUGH {
		if !slices.ContainsFunc(stack, func(n ast.Node) bool { _, ok := n.(*ast.CaseClause); return ok }) {
			c.reject(b.Pos(), "a fallthrough with a label") // clauses sees to those without one
		}
		return
	}
	nested := false
	for _, n := range stack {
		switch n := n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			nested = true
			if b.Label == nil {
				return
			}
		case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			if b.Label == nil && b.Tok == token.BREAK {
				return
			}
		case *ast.LabeledStmt:
			if b.Label != nil && c.info.Defs[n.Label] == c.info.Uses[b.Label] {
				return
			}
		}
	}
	to, left := c.destination(b, stack)
	if to == nil {
		return
	}
	var stops code
	for _, over := range left {
		stops = append(stops, over, ".Stop()\n")
	}
	c.edit(b.Pos(), b.End(), stops, leave{c.lead(to), nested})
}

// destination returns where a branch leads, and the ranges over functions that it leaves, the innermost first.
func (c *coroutine) destination(b *ast.BranchStmt, stack []ast.Node) (to *label, left []*variable) {
	if b.Tok == token.GOTO {
		obj := c.info.Uses[b.Label]
		if len(stack) > 0 && obj.Pos() >= stack[0].Pos() && obj.Pos() < stack[0].End() {
			return nil, nil // within the statement
		}
		for _, t := range slices.Backward(c.targets) {
			if t.over != nil && !(obj.Pos() >= t.body.Pos() && obj.Pos() < t.body.End()) {
				left = append(left, t.over)
			}
		}
		return c.labelOf(obj), left
	}
	for _, t := range slices.Backward(c.targets) {
		switch {
		case b.Label != nil && c.info.Uses[b.Label] != t.label:
		case b.Tok == token.CONTINUE && t.continues != nil:
			return t.continues, left
		case b.Tok == token.BREAK:
			return t.breaks, left
		}
		if t.over != nil {
			left = append(left, t.over)
		}
	}
	return nil, nil
}

func (c *coroutine) labelOf(obj types.Object) *label {
	if c.labels[obj] == nil {
		c.labels[obj] = c.label("label %s", obj.Name())
	}
	return c.labels[obj]
}

// labelled desugars a statement with a label, which is where a goto goes, or has a wait.
func (c *coroutine) labelled(s *ast.LabeledStmt) {
	obj := c.info.Defs[s.Label]
	if c.gotos[obj] {
		c.add1(c.labelOf(obj))
	}
	switch {
	case !c.whole(s.Stmt):
		c.stmt(s.Stmt, obj)
	case c.branches(s.Stmt, obj):
		c.statement(s.Stmt)
		c.add1(text{code: code{c.node(s)}, own: true, ends: c.terminates(s, nil), n: len(c.edits)})
	default:
		c.copied(s.Stmt.Pos(), s.Stmt, s.End())
	}
}

// branches reports whether a break or continue inside of s names a label.
func (c *coroutine) branches(s ast.Stmt, label types.Object) (found bool) {
	ast.Inspect(s, func(n ast.Node) bool {
		b, ok := n.(*ast.BranchStmt)
		found = found || ok && b.Tok != token.GOTO && b.Label != nil && c.info.Uses[b.Label] == label
		return true
	})
	return found
}

// deferred edits a defer: the call goes into the frame's list, with its function and its
// arguments as they are now.
func (c *coroutine) deferred(s *ast.DeferStmt) {
	if f, ok := ast.Unparen(s.Call.Fun).(*ast.FuncLit); ok && len(s.Call.Args) == 0 && f.Type.Results.NumFields() == 0 {
		c.edit(s.Pos(), s.End(), c.self, ".defers.Push(", c.node(f), ")")
		return
	}
	var set, args code
	var vars []*variable
	var values code
	keep := func(name string, t types.Type, value ...any) *variable {
		v := c.temp(name, t)
		if vars = append(vars, v); len(vars) > 1 {
			values = append(values, ", ")
		}
		values = append(values, value...)
		return v
	}
	fun := code{c.node(s.Call.Fun)}
	switch f := ast.Unparen(s.Call.Fun).(type) {
	case *ast.SelectorExpr:
		if sel := c.info.Selections[f]; sel != nil && sel.Kind() != types.MethodExpr {
			fun = code{keep("method", c.info.TypeOf(f), c.node(s.Call.Fun))}
		} else if _, isVar := c.info.Uses[f.Sel].(*types.Var); isVar {
			fun = code{keep("fn", c.info.TypeOf(f), c.node(s.Call.Fun))}
		}
	default:
		switch c.callee(s.Call).(type) {
		case *types.Builtin, *types.Func:
		default:
			fun = code{keep("fn", c.info.TypeOf(f), c.node(s.Call.Fun))}
		}
	}
	for i, x := range s.Call.Args {
		if i > 0 {
			args = append(args, ", ")
		}
		tv := c.info.Types[x]
		switch tuple, isTuple := tv.Type.(*types.Tuple); {
		case tv.Value != nil, tv.IsNil(), tv.IsType(), c.isGeneric(x):
			args = append(args, c.node(x))
		case isTuple: // it is evaluated before the function is looked at
			var all []*variable
			for i := range tuple.Len() {
				all = append(all, c.temp("arg", tuple.At(i).Type()))
				if i > 0 {
					args = append(args, ", ")
				}
				args = append(args, all[i])
			}
			set = code{declare{all}, c.node(x), "\n"}
		default:
			args = append(args, c.argument(x, tv.Type, keep)...)
		}
	}
	if s.Call.Ellipsis.IsValid() {
		args = append(args, "...")
	}
	if len(vars) > 0 {
		set = append(set, declare{vars}, values, "\n")
	}
	c.edit(s.Pos(), s.End(), set, c.self, ".defers.PushCall(func(", c.defers, " *", c.future, ".Defers) {\ndefer ", fun, "(", args, ")\n", c.defers, ".Panic()\n})")
}

// argument keeps an argument of a deferred call. A pointer that is passed as a number is kept as a pointer, for the
// collector's sake. A comparison or a shift of a constant takes its type from where it stands, and gets it here.
func (c *coroutine) argument(x ast.Expr, t types.Type, keep func(string, types.Type, ...any) *variable) code {
	if call, ok := ast.Unparen(x).(*ast.CallExpr); ok && c.info.Types[call.Fun].IsType() {
		if from := c.info.TypeOf(call.Args[0]); from.Underlying() == types.Typ[types.UnsafePointer] {
			return code{c.node(call.Fun), "(", keep("arg", from, c.node(call.Args[0])), ")"}
		}
	}
	if c.untyped(x) && !types.Identical(t, types.Typ[types.Bool]) {
		return code{keep("arg", t, c.typeText(x.Pos(), t), "(", c.node(x), ")")}
	}
	return code{keep("arg", t, c.node(x))}
}

// isGeneric reports whether x is a generic function, whose type arguments are inferred from where it stands.
func (c *coroutine) isGeneric(x ast.Expr) bool {
	var id *ast.Ident
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	}
	_, ok := c.info.Instances[id]
	return id != nil && ok
}

func (c *coroutine) untyped(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.UnaryExpr:
		return x.Op != token.ARROW && x.Op != token.AND && c.untyped(x.X)
	case *ast.BinaryExpr:
		switch x.Op {
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
			return true
		case token.SHL, token.SHR:
			return c.untyped(x.X)
		}
		return c.untyped(x.X) && c.untyped(x.Y)
	}
	return c.info.Types[x].Value != nil
}
