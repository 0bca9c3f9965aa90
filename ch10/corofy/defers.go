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
	var set, values, args code
	var vars []*variable
	keep := func(name string, t types.Type, value ...any) *variable {
		v := c.temp(name, t)
		vars = append(vars, v)
		values = append(values, code(value), ", ")
		return v
	}
	fun := code{c.node(s.Call.Fun)}
	switch c.callee(s.Call).(type) {
	case *types.Builtin:
	case *types.Func:
		if sel, ok := ast.Unparen(s.Call.Fun).(*ast.SelectorExpr); ok && c.info.Selections[sel] != nil && c.info.Selections[sel].Kind() != types.MethodExpr {
			fun = code{keep("method", c.info.TypeOf(sel), fun...)}
		}
	default:
		fun = code{keep("fn", c.info.TypeOf(s.Call.Fun), fun...)}
	}
	for _, x := range s.Call.Args {
		tv := c.info.Types[x]
		if tuple, ok := tv.Type.(*types.Tuple); ok { // it is evaluated before the function is looked at
			var all []*variable
			for v := range tuple.Variables() {
				all = append(all, c.temp("arg", v.Type()))
				args = append(args, all[len(all)-1], ", ")
			}
			set = code{declare{all}, c.node(x), "\n"}
		} else if tv.Value != nil || tv.IsNil() || tv.IsType() || c.isGeneric(x) {
			args = append(args, c.node(x), ", ")
		} else {
			args = append(args, c.argument(x, tv.Type, keep), ", ")
		}
	}
	if s.Call.Ellipsis.IsValid() {
		args[len(args)-1] = "..."
	}
	if len(vars) > 0 {
		set = append(set, declare{vars}, values[:len(values)-1], "\n")
	}
	c.edit(s.Pos(), s.End(), set, c.self, ".defers.PushCall(func(", c.defers, " *", c.future, ".Defers) {\ndefer ", fun, "(", args, ")\n", c.defers, ".Panic()\n})")
}

// argument keeps an argument of a deferred call. A pointer that is passed as a number is kept as a pointer, for the
// collector's sake. An operation may take its type from where it stands, as a comparison does, and gets it here.
func (c *coroutine) argument(x ast.Expr, t types.Type, keep func(string, types.Type, ...any) *variable) code {
	inferred := false
	switch y := ast.Unparen(x).(type) {
	case *ast.CallExpr:
		if c.info.Types[y.Fun].IsType() && c.info.TypeOf(y.Args[0]).Underlying() == types.Typ[types.UnsafePointer] {
			return code{c.node(y.Fun), "(", keep("arg", c.info.TypeOf(y.Args[0]), c.node(y.Args[0])), ")"}
		}
	case *ast.BinaryExpr:
		inferred = true
	case *ast.UnaryExpr:
		inferred = y.Op != token.ARROW && y.Op != token.AND
	}
	if inferred && !types.Identical(t, types.Typ[types.Bool]) {
		return code{keep("arg", t, c.typeText(x.Pos(), t), "(", c.node(x), ")")}
	}
	return code{keep("arg", t, c.node(x))}
}

// isGeneric reports whether x is a generic function, whose type arguments are inferred from where it stands.
func (c *coroutine) isGeneric(x ast.Expr) bool {
	_, ok := c.info.Instances[calleeIdent(&ast.CallExpr{Fun: x})]
	return ok
}
