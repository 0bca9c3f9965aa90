package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A coroutine is one call of future.Async on its way to become a struct.
type coroutine struct {
	*rewriter
	call *ast.CallExpr
	lit  *ast.FuncLit
	fn   *ast.FuncDecl // around it; nil in a variable's declaration

	co    types.Object // the body's parameter; nil if it has no name
	waits []*wait      // the i-th ends step i and begins step i+1

	name         string // of the struct
	typeParams   []types.Type
	params, args string // of its types: "[T any]", "[T]", or nothing
	result       string // the type that the body returns
	fields       []field
	vars         variables
}

// A field of the struct is a captured variable.
type field struct {
	name, typ string
	of        types.Object
}

// A wait is one call of future.Wait, in a statement that corofy knows.
type wait struct {
	stmt       ast.Stmt
	call       *ast.CallExpr
	value, err *ast.Ident // that the results are assigned to; nil: to nothing
	returns    bool       // return future.Wait(…)
	field, typ string     // of the future
}

func (w *wait) arg() ast.Expr { return w.call.Args[1] }

// coroutine takes one call of Async apart and replaces it. It returns nil if that
// can't be done.
func (r *rewriter) coroutine(d ast.Decl, call *ast.CallExpr) *coroutine {
	found := len(r.errs)
	lit, ok := ast.Unparen(call.Args[0]).(*ast.FuncLit)
	if !ok {
		r.reject(call.Args[0].Pos(), "a coroutine whose body is no function literal")
		return nil
	}
	c := &coroutine{rewriter: r, call: call, lit: lit}
	c.fn, _ = d.(*ast.FuncDecl)
	c.signature()
	c.findWaits()
	c.syntax()
	c.variables(d)
	if len(r.errs) > found {
		return nil
	}
	c.names(d)
	c.replace()
	if len(r.errs) > found {
		return nil
	}
	return c
}

// signature looks at func(co *future.Co) (T, error).
func (c *coroutine) signature() {
	if names := c.lit.Type.Params.List[0].Names; len(names) == 1 && names[0].Name != "_" {
		c.co = c.info.Defs[names[0]]
	}
	for _, f := range c.lit.Type.Results.List {
		if len(f.Names) > 0 {
			c.untilFrames(f.Pos(), "a coroutine with named results")
		}
	}
}

// findWaits collects the waits, which are statements of the body or part of one.
func (c *coroutine) findWaits() {
	for _, s := range c.lit.Body.List {
		w := c.form(s)
		for _, call := range c.waitsIn(s) {
			if w == nil || call != w.call {
				c.untilFrames(call.Pos(), "a wait %s", place(s))
			}
		}
		if w != nil {
			c.waits = append(c.waits, w)
		}
	}
}

func (c *coroutine) waitsIn(n ast.Node) (calls []*ast.CallExpr) {
	ast.Inspect(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && c.callee(call) == c.wait {
			calls = append(calls, call)
		}
		_, isFunc := n.(*ast.FuncLit) // syntax has a word on waits in there
		return !isFunc
	})
	return calls
}

// form returns the wait that a statement consists of: v, err := future.Wait(co, f),
// return future.Wait(co, f), or just the call.
func (c *coroutine) form(s ast.Stmt) *wait {
	w := &wait{stmt: s}
	var x ast.Expr
	switch s := s.(type) {
	case *ast.ExprStmt:
		x = s.X
	case *ast.ReturnStmt:
		if len(s.Results) == 1 {
			x, w.returns = s.Results[0], true
		}
	case *ast.AssignStmt:
		if len(s.Lhs) == 2 && len(s.Rhs) == 1 {
			var ok1, ok2 bool
			w.value, ok1 = s.Lhs[0].(*ast.Ident)
			w.err, ok2 = s.Lhs[1].(*ast.Ident)
			if ok1 && ok2 {
				x = s.Rhs[0]
			}
		}
	}
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok || c.callee(call) != c.wait || len(call.Args) != 2 {
		return nil
	}
	w.call = call
	return w
}

const inExpression = "in an expression"

func place(s ast.Stmt) string {
	switch s := s.(type) {
	case *ast.LabeledStmt:
		if in := place(s.Stmt); in != inExpression {
			return in
		}
		return "behind a label"
	case *ast.AssignStmt:
		if len(s.Lhs) == 2 && len(s.Rhs) == 1 {
			return "that sets something else than variables, or in an expression"
		}
	case *ast.DeferStmt:
		return "in a defer statement"
	case *ast.GoStmt:
		return "in a go statement"
	case *ast.IfStmt:
		return "in an if statement"
	case *ast.ForStmt, *ast.RangeStmt:
		return "in a loop"
	case *ast.SwitchStmt, *ast.TypeSwitchStmt:
		return "in a switch"
	case *ast.SelectStmt:
		return "in a select"
	case *ast.BlockStmt:
		return "in a block"
	case *ast.DeclStmt:
		return "in a declaration"
	}
	return inExpression
}

// syntax looks at every node of the body. What stands between two waits is copied, so
// most of Go will do: but only what is listed here.
func (c *coroutine) syntax() {
	known := map[*ast.Ident]bool{} // the mentions of co in waits
	for _, w := range c.waits {
		if id, ok := ast.Unparen(w.call.Args[0]).(*ast.Ident); ok {
			known[id] = true
		}
	}
	ast.PreorderStack(c.lit.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		nested := inFunc(stack)
		switch n := n.(type) {
		case *ast.Ident:
			if c.co != nil && c.info.Uses[n] == c.co && !known[n] {
				c.mention(n, nested)
			}
		case *ast.CallExpr:
			switch c.callee(n) {
			case c.async:
				c.reject(n.Pos(), "a coroutine inside of a coroutine")
			case types.Universe.Lookup("recover"):
				if !nested {
					c.untilFrames(n.Pos(), "recover in a coroutine")
				}
			}
		case *ast.DeferStmt:
			if !nested {
				c.untilFrames(n.Pos(), "defer in a coroutine")
			}
		case *ast.BranchStmt:
			if !nested && n.Tok == token.GOTO {
				c.untilFrames(n.Pos(), "goto in a coroutine")
			}
		case *ast.Comment, *ast.CommentGroup, *ast.Field, *ast.FieldList, *ast.Ellipsis,
			*ast.BasicLit, *ast.FuncLit, *ast.CompositeLit, *ast.ParenExpr, *ast.SelectorExpr, *ast.IndexExpr, *ast.IndexListExpr,
			*ast.SliceExpr, *ast.TypeAssertExpr, *ast.StarExpr, *ast.UnaryExpr, *ast.BinaryExpr, *ast.KeyValueExpr,
			*ast.ArrayType, *ast.StructType, *ast.FuncType, *ast.InterfaceType, *ast.MapType, *ast.ChanType,
			*ast.GenDecl, *ast.ImportSpec, *ast.ValueSpec, *ast.TypeSpec, *ast.DeclStmt, *ast.EmptyStmt, *ast.LabeledStmt,
			*ast.ExprStmt, *ast.SendStmt, *ast.IncDecStmt, *ast.AssignStmt, *ast.GoStmt, *ast.ReturnStmt, *ast.BlockStmt,
			*ast.IfStmt, *ast.CaseClause, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.CommClause, *ast.SelectStmt, *ast.ForStmt, *ast.RangeStmt:
		default:
			c.reject(n.Pos(), "%T", n)
		}
		return true
	})
	for _, w := range c.waits {
		id, ok := ast.Unparen(w.call.Args[0]).(*ast.Ident)
		if !ok || c.co == nil || c.info.Uses[id] != c.co {
			c.reject(w.call.Args[0].Pos(), "a wait whose first argument isn't the coroutine's own parameter")
		}
	}
}

func inFunc(stack []ast.Node) bool {
	return slices.ContainsFunc(stack, func(n ast.Node) bool { _, ok := n.(*ast.FuncLit); return ok })
}

// mention rejects co where it isn't the first argument of a wait.
func (c *coroutine) mention(id *ast.Ident, nested bool) {
	for _, call := range c.waitsIn(c.lit.Body) {
		if first, ok := ast.Unparen(call.Args[0]).(*ast.Ident); ok && first == id {
			return // rejected for its place
		}
	}
	if nested {
		c.reject(id.Pos(), "%s, used in a function inside of the coroutine", id.Name)
	} else {
		c.reject(id.Pos(), "%s, used for something else than a wait", id.Name)
	}
}

// step returns which step of the body a position belongs to. What a wait waits for is
// made in the step before.
func (c *coroutine) step(pos token.Pos) (n int) {
	for i, w := range c.waits {
		if pos >= w.arg().Pos() && pos < w.arg().End() {
			return i
		}
		if pos >= w.stmt.Pos() {
			n = i + 1
		}
	}
	return n
}
