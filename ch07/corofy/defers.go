package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// deferred edits a defer: the call goes into the frame's list, with its function and its
// arguments as they are now.
func (c *coroutine) deferred(s *ast.DeferStmt) {
	if f, ok := ast.Unparen(s.Call.Fun).(*ast.FuncLit); ok && len(s.Call.Args) == 0 && f.Type.Results.NumFields() == 0 {
		c.replaceRange(s.Pos(), f.Pos(), c.self+".defers.Push(")
		c.replaceRange(f.End(), s.End(), ")")
		return
	}
	c.copies(s.Pos(), s.End())
	var names, values []string
	keep := func(name, value string) string {
		name = c.unused(name)
		c.generated(name)
		names, values = append(names, name), append(values, value)
		return name
	}
	fun := ""
	switch c.callee(s.Call).(type) {
	case *types.Builtin, *types.Func:
		if sel, ok := ast.Unparen(s.Call.Fun).(*ast.SelectorExpr); ok && c.info.Selections[sel] != nil {
			fun = keep("method", c.expr(s.Call.Fun))
		} else {
			fun = c.expr(s.Call.Fun)
		}
	default:
		fun = keep("fn", c.expr(s.Call.Fun))
	}
	var args []string
	for _, x := range s.Call.Args {
		tv := c.info.Types[x]
		switch tuple, isTuple := tv.Type.(*types.Tuple); {
		case tv.Value != nil, tv.IsNil(), tv.IsType():
			args = append(args, c.expr(x))
		case isTuple:
			value := c.expr(x)
			for i := range tuple.Len() {
				args = append(args, keep("arg", value))
				if i > 0 {
					values = values[:len(values)-1]
				}
			}
		default:
			args = append(args, keep("arg", c.typed(x)))
		}
	}
	if s.Call.Ellipsis.IsValid() {
		args[len(args)-1] += "..."
	}
	panics := c.unused("panics")
	text := fmt.Sprintf("%s.defers.PushCall(func(%s func()) {\ndefer %s(%s)\n%[2]s()\n})", c.self, panics, fun, strings.Join(args, ", "))
	if len(names) > 0 {
		text = fmt.Sprintf("%s := %s\n%s", strings.Join(names, ", "), strings.Join(values, ", "), text)
	}
	c.replaceRange(s.Pos(), s.End(), text)
}

// typed returns the source of x for a place where its type isn't known, which a comparison and a
// shift of a constant take from where they stand.
func (c *coroutine) typed(x ast.Expr) string {
	if t := c.info.TypeOf(x); c.untyped(x) && !types.Identical(t, types.Typ[types.Bool]) {
		for obj := range c.decls {
			if c.mentionsType(t, obj) {
				c.names(obj.Name(), obj)
			}
		}
		text := c.typeText(x.Pos(), t)
		if got, err := types.Eval(c.fset, c.pkg, x.Pos(), text); err != nil || !got.IsType() || !types.Identical(got.Type, t) {
			c.reject(x.Pos(), "an argument of a deferred call where %s means something else", text)
		}
		return fmt.Sprintf("%s(%s)", text, c.expr(x))
	}
	return c.expr(x)
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
