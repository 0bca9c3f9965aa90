package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// terminates reports whether what comes after s can't be reached from it. It follows the
// specification's "terminating statements", to which branches are added: those that lead out
// of a statement which is copied have become the end of a step. label is that of s, or nil.
func (c *coroutine) terminates(s ast.Stmt, label types.Object) bool {
	switch s := s.(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok != token.FALLTHROUGH
	case *ast.LabeledStmt:
		return c.terminates(s.Stmt, c.info.Defs[s.Label])
	case *ast.BlockStmt:
		return c.endsIn(s.List)
	case *ast.IfStmt:
		return s.Else != nil && c.terminates(s.Body, nil) && c.terminates(s.Else, nil)
	case *ast.ForStmt:
		return s.Cond == nil && !c.breaks(s.Body, label)
	case *ast.SwitchStmt:
		return c.clausesEnd(s.Body, label, true)
	case *ast.TypeSwitchStmt:
		return c.clausesEnd(s.Body, label, true)
	case *ast.SelectStmt:
		return c.clausesEnd(s.Body, label, false)
	case *ast.ExprStmt:
		call, ok := ast.Unparen(s.X).(*ast.CallExpr)
		return ok && c.builtin(call) == "panic"
	}
	return false
}

func (c *coroutine) endsIn(list []ast.Stmt) bool {
	return len(list) > 0 && c.terminates(list[len(list)-1], nil)
}

func (c *coroutine) clausesEnd(b *ast.BlockStmt, label types.Object, wantsDefault bool) bool {
	hasDefault := false
	for _, clause := range b.List {
		var list []ast.Stmt
		switch clause := clause.(type) {
		case *ast.CaseClause:
			list = clause.Body
			hasDefault = hasDefault || clause.List == nil
		case *ast.CommClause:
			list = clause.Body
		}
		if n := len(list); n == 0 || !c.terminates(list[n-1], nil) && !isFallthrough(list[n-1]) {
			return false
		}
	}
	return (hasDefault || !wantsDefault) && !c.breaks(b, label)
}

func isFallthrough(s ast.Stmt) bool {
	b, ok := s.(*ast.BranchStmt)
	return ok && b.Tok == token.FALLTHROUGH
}

// breaks reports whether there is a break in b, the body of a statement with that label, that means it.
func (c *coroutine) breaks(b *ast.BlockStmt, label types.Object) (found bool) {
	ast.PreorderStack(b, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BranchStmt:
			switch {
			case n.Tok != token.BREAK:
			case n.Label != nil:
				found = found || c.info.Uses[n.Label] == label
			default:
				found = found || !slices.ContainsFunc(stack, canBreak)
			}
		}
		return true
	})
	return found
}

// canBreak reports whether a break without a label, inside of n, means n.
func canBreak(n ast.Node) bool {
	switch n.(type) {
	case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
		return true
	}
	return false
}
