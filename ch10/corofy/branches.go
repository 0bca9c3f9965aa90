package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// statement edits what can't stay as it is in a statement that is copied: returns, defers, and branches that
// lead out of it.
func (c *coroutine) statement(s ast.Stmt) {
	ast.PreorderStack(s, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			c.returned(n)
			return false
		case *ast.DeferStmt:
			if c.builtin(n.Call) != "recover" {
				c.deferred(n)
			}
			return false
		case *ast.BranchStmt:
			c.branch(n, stack)
		}
		return true
	})
}

// returned edits a return. The frame is let go of when the results are known; where there are
// deferred calls that is after they have run.
func (c *coroutine) returned(s *ast.ReturnStmt) {
	var set, values code
	if len(s.Results) > 0 {
		values = code{c.span(s.Results[0].Pos(), s.Results[len(s.Results)-1].End())}
	}
	if c.results != nil {
		all := []any{ref{obj: c.results[0].obj}, ref{obj: c.results[1].obj}}
		to := slices.Clone(all)
		for i, x := range s.Results {
			if id, ok := x.(*ast.Ident); ok && c.info.Uses[id] == c.results[i].obj {
				to[i] = "_" // it is returned as it is
			}
		}
		if values != nil {
			set = code{to[0], ", ", to[1], " = ", values, "\n"}
		}
		values = code{all[0], ", ", all[1]}
	}
	if c.hasDefers {
		c.edit(s.Pos(), s.End(), set, "return ", values)
	} else {
		c.edit(s.Pos(), s.End(), set, "return ", c.self, ".done(", values, ")")
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
	if to := c.info.Uses[b.Label]; b.Tok == token.GOTO && len(stack) > 0 && stack[0].Pos() <= to.Pos() && to.Pos() < stack[0].End() || c.means(b, stack) {
		return
	}
	if to, stops := c.destination(b); to != nil { // else it means the statement, which has a label
		c.edit(b.Pos(), b.End(), stops, leave{c.lead(to), slices.ContainsFunc(stack, isLoop)})
	}
}

// means reports whether what a branch means is in stack.
func (c *coroutine) means(b *ast.BranchStmt, stack []ast.Node) bool {
	return slices.ContainsFunc(stack, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.LabeledStmt:
			return b.Label != nil && c.info.Defs[n.Label] == c.info.Uses[b.Label]
		case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			return b.Label == nil && b.Tok == token.BREAK
		}
		return b.Label == nil && isLoop(n)
	})
}

func isLoop(n ast.Node) bool {
	switch n.(type) {
	case *ast.ForStmt, *ast.RangeStmt:
		return true
	}
	return false
}

// destination returns where a branch leads, and what ends the ranges over functions that it leaves, the innermost first.
func (c *coroutine) destination(b *ast.BranchStmt) (to *label, stops code) {
	if b.Tok == token.GOTO {
		to = c.labelOf(c.info.Uses[b.Label])
	}
	for _, t := range slices.Backward(c.targets) {
		switch {
		case b.Tok == token.GOTO:
			if at := c.info.Uses[b.Label].Pos(); t.body != nil && t.body.Pos() <= at && at < t.body.End() {
				return to, stops
			}
		case b.Label != nil && c.info.Uses[b.Label] != t.label:
		case b.Tok == token.CONTINUE && t.continues != nil:
			return t.continues, stops
		case b.Tok == token.BREAK:
			return t.breaks, stops
		}
		if t.over != nil {
			stops = append(stops, t.over, ".Stop()\n")
		}
	}
	return to, stops
}

func (c *coroutine) labelOf(obj types.Object) *label {
	if c.labels[obj] == nil {
		c.labels[obj] = c.label(obj.Pos(), "")
	}
	return c.labels[obj]
}

// labelled desugars a statement with a label, which is where a goto may lead.
func (c *coroutine) labelled(s *ast.LabeledStmt) {
	obj := c.info.Defs[s.Label]
	c.then(c.labelOf(obj))
	if c.whole(s.Stmt) {
		c.copied("", s.Stmt.Pos(), s.Stmt, s.End(), obj)
	} else {
		c.stmt(s.Stmt, obj)
	}
}

// named reports whether a break or continue in s names a label.
func (c *coroutine) named(s ast.Stmt, label types.Object) bool {
	return c.hasBranch(s, func(b *ast.BranchStmt, _ []ast.Node) bool {
		return b.Tok != token.GOTO && b.Label != nil && c.info.Uses[b.Label] == label
	})
}

// breaks reports whether a break in the body of a statement with a label means that.
func (c *coroutine) breaks(body *ast.BlockStmt, label types.Object) bool {
	return c.hasBranch(body, func(b *ast.BranchStmt, stack []ast.Node) bool {
		return b.Tok == token.BREAK && (b.Label == nil && !c.means(b, stack) || b.Label != nil && c.info.Uses[b.Label] == label)
	})
}

func (c *coroutine) hasBranch(s ast.Stmt, is func(*ast.BranchStmt, []ast.Node) bool) (found bool) {
	ast.PreorderStack(s, nil, func(n ast.Node, stack []ast.Node) bool {
		b, ok := n.(*ast.BranchStmt)
		found = found || ok && is(b, stack)
		_, isFunc := n.(*ast.FuncLit)
		return !isFunc
	})
	return found
}

// terminates reports whether what comes after s can't be reached from it. It follows the
// specification's "terminating statements", to which branches are added: those that lead out
// of a statement which is copied have become the end of a step. label is that of s, or nil.
func (c *coroutine) terminates(s ast.Stmt, label types.Object) bool {
	clauses := func(b *ast.BlockStmt, hasDefault bool) bool {
		for _, clause := range b.List {
			_, list := clauseBody(clause)
			if n := len(list); n == 0 || !c.terminates(list[n-1], nil) && !isFallthrough(list[n-1]) {
				return false
			}
			cc, ok := clause.(*ast.CaseClause)
			hasDefault = hasDefault || ok && cc.List == nil
		}
		return hasDefault && !c.breaks(b, label)
	}
	switch s := s.(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok != token.FALLTHROUGH
	case *ast.LabeledStmt:
		return c.terminates(s.Stmt, c.info.Defs[s.Label])
	case *ast.BlockStmt:
		return len(s.List) > 0 && c.terminates(s.List[len(s.List)-1], nil)
	case *ast.IfStmt:
		return s.Else != nil && c.terminates(s.Body, nil) && c.terminates(s.Else, nil)
	case *ast.ForStmt:
		return s.Cond == nil && !c.breaks(s.Body, label)
	case *ast.SwitchStmt:
		return clauses(s.Body, false)
	case *ast.TypeSwitchStmt:
		return clauses(s.Body, false)
	case *ast.SelectStmt:
		return clauses(s.Body, true)
	case *ast.ExprStmt:
		call, ok := ast.Unparen(s.X).(*ast.CallExpr)
		return ok && c.builtin(call) == "panic"
	}
	return false
}

func isFallthrough(s ast.Stmt) bool {
	b, ok := s.(*ast.BranchStmt)
	return ok && b.Tok == token.FALLTHROUGH
}
