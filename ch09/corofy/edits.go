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

// branches reports whether a break or continue inside of s names a label.
func (c *coroutine) branches(s ast.Stmt, label types.Object) (found bool) {
	ast.Inspect(s, func(n ast.Node) bool {
		b, ok := n.(*ast.BranchStmt)
		found = found || ok && b.Tok != token.GOTO && b.Label != nil && c.info.Uses[b.Label] == label
		return true
	})
	return found
}
