package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
)

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
