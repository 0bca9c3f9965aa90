package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// prepare has all waits in x done: when it returns the current step begins where the
// last of them is over, and the source of x has edits that put their results in their places.
//
// What Go evaluates before a wait has to be evaluated before it here: calls, receives, and
// the operands of && and ||, from left to right. For anything else, such as the value of a
// variable beside a call, the language leaves the order open, and its compiler
// looks as late as possible: so does this.
func (c *coroutine) prepare(x ast.Expr) {
	if x == nil || !c.split[x] {
		return
	}
	switch x := x.(type) {
	case *ast.CallExpr:
		if c.callee(x) == c.wait {
			v, err := c.await(x, nil, nil)
			c.edits = append(c.edits, edit{pos: x.Pos(), end: x.End(), text: v + ", " + err})
			return
		}
	case *ast.BinaryExpr:
		if (x.Op == token.LAND || x.Op == token.LOR) && c.split[x.Y] {
			c.logical(x)
			return
		}
	}
	c.sequence(operands(x)...)
}

// sequence prepares expressions that are evaluated one after the other.
func (c *coroutine) sequence(xs ...ast.Expr) {
	last := -1
	for i, x := range xs {
		if x != nil && c.split[x] {
			last = i
		}
	}
	for i, x := range xs[:last+1] {
		if x == nil {
			continue
		}
		c.prepare(x)
		if i < last {
			c.spill(x)
		}
	}
}

// operands returns the parts of x in the order of their evaluation.
func operands(x ast.Expr) []ast.Expr {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return []ast.Expr{x.X}
	case *ast.SelectorExpr:
		return []ast.Expr{x.X}
	case *ast.IndexExpr:
		return []ast.Expr{x.X, x.Index}
	case *ast.SliceExpr:
		return []ast.Expr{x.X, x.Low, x.High, x.Max}
	case *ast.StarExpr:
		return []ast.Expr{x.X}
	case *ast.UnaryExpr:
		return []ast.Expr{x.X}
	case *ast.BinaryExpr:
		return []ast.Expr{x.X, x.Y}
	case *ast.CallExpr:
		return append([]ast.Expr{x.Fun}, x.Args...)
	case *ast.CompositeLit:
		return x.Elts
	case *ast.KeyValueExpr:
		return []ast.Expr{x.Key, x.Value}
	case *ast.TypeAssertExpr:
		return []ast.Expr{x.X}
	}
	return nil
}

// logical lowers x && y and x || y where y has a wait.
func (c *coroutine) logical(x *ast.BinaryExpr) {
	t := c.hidden("cond", c.info.TypeOf(x))
	c.prepare(x.X)
	c.copies(x.X.Pos(), x.X.End())
	c.assign(t, c.expr(x.X))
	done := c.newState(fmt.Sprintf("line %d: after %v", c.line(x.OpPos), x.Op))
	not := "!"
	if x.Op == token.LOR {
		not = ""
	}
	c.gen("if %s%s {\n%s\n}", not, c.get(t), c.leave(done, false))
	c.prepare(x.Y)
	c.copies(x.Y.Pos(), x.Y.End())
	c.assign(t, c.expr(x.Y))
	c.jump(done)
	c.begin(done)
	c.put(x, t)
}

// put has the value of a hidden variable stand in the place of x.
func (c *coroutine) put(x ast.Expr, v *variable) {
	c.edits = append(c.edits, edit{pos: x.Pos(), end: x.End(), text: c.self + "." + v.field, of: v})
}

// spill evaluates the calls and receives in x now, and keeps their values.
func (c *coroutine) spill(x ast.Expr) {
	if c.replaced(x) || c.info.Types[x].Value != nil || c.info.Types[x].IsType() {
		return
	}
	now := false
	switch x := x.(type) {
	case *ast.FuncLit:
		return
	case *ast.CallExpr:
		now = !c.late(x)
	case *ast.UnaryExpr:
		now = x.Op == token.ARROW
	case *ast.BinaryExpr:
		now = (x.Op == token.LAND || x.Op == token.LOR) && c.calls(x)
	}
	if now {
		c.keep(x)
		return
	}
	for _, x := range operands(x) {
		if x != nil {
			c.spill(x)
		}
	}
}

// keep evaluates x now.
func (c *coroutine) keep(x ast.Expr) {
	t := c.hidden("tmp", c.info.TypeOf(x))
	c.copies(x.Pos(), x.End())
	c.assign(t, c.expr(x))
	c.put(x, t)
}

// replaced reports whether x has been evaluated.
func (c *coroutine) replaced(x ast.Expr) bool {
	for _, e := range c.edits {
		if !e.ident && e.pos == x.Pos() && e.end == x.End() {
			return true
		}
	}
	return false
}

// late reports whether a call isn't one for the order of evaluation: a conversion, or a look at
// a variable.
func (c *coroutine) late(x *ast.CallExpr) bool {
	if c.info.Types[ast.Unparen(x.Fun)].IsType() {
		return true
	}
	if b, ok := c.callee(x).(*types.Builtin); ok {
		switch b.Name() {
		case "len", "cap", "real", "imag", "complex":
			return true
		}
	}
	return false
}

func (c *coroutine) calls(x ast.Expr) (found bool) {
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			found = found || !c.late(n)
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		}
		return true
	})
	return found
}

// assign gives a hidden variable a value.
func (c *coroutine) assign(v *variable, value string) {
	c.event(v, starts)
	c.gen("%s.%s = %s", c.self, v.field, value)
}

// get returns what stands for a hidden variable.
func (c *coroutine) get(v *variable) string {
	c.event(v, reads)
	return c.self + "." + v.field
}

// await makes the future that a wait waits for, and begins the step that polls it. It returns the
// names of the results. value and err are variables to give them to, if they are local.
func (c *coroutine) await(call *ast.CallExpr, value, err *ast.Ident) (v, e string) {
	arg := call.Args[1]
	c.prepare(arg)
	c.copies(arg.Pos(), arg.End())
	fut := c.fut(call)
	c.gen("%s.%s = %s", c.self, fut, c.expr(arg))
	if c.final {
		for _, v := range sorted(c.before[len(c.states)].dead) {
			c.clear(v)
		}
	}
	s := c.newState(c.note(call.Pos()))
	s.waits = true
	c.jump(s)
	c.begin(s)
	v, e = c.result1(value, "v"), c.result1(err, "err")
	check := e
	if check == "_" {
		check = c.unused("err")
	}
	c.gen("%s, %s := %s.%s.Poll(%s)", v, check, c.self, fut, c.pollWith)
	c.gen("if %s == %s.NotReady {\n%s.state = %s\nreturn %s, %s\n}", check, c.future, c.self, mark(s), c.zero, check)
	c.gen("%s.%s = nil", c.self, fut)
	return v, e
}

// result1 returns where one result of a poll goes.
func (c *coroutine) result1(id *ast.Ident, name string) string {
	if id == nil {
		name = c.unused(name)
		c.generated(name)
		return name
	}
	if id.Name == "_" {
		return "_"
	}
	v := c.vars[c.info.ObjectOf(id)]
	c.event(v, starts)
	if c.final && !c.mentionedHere(v) {
		return "_"
	}
	return v.local
}

// generated notes a name that corofy has chosen, so that it isn't chosen twice.
func (c *coroutine) generated(name string) {
	if c.cur.names[name] == nil {
		c.names(name, nil)
	}
}

// fut returns the field for the future of a wait. Only one is waited for at a time, so those
// of one type share a field.
func (c *coroutine) fut(call *ast.CallExpr) string {
	t := c.info.TypeOf(call).(*types.Tuple).At(0).Type()
	typ := c.typeText(call.Pos(), t)
	note := fmt.Sprintf("line %d", c.line(call.Pos()))
	for i, f := range c.futs {
		if f.typ == typ {
			c.futs[i].note += ", " + fmt.Sprint(c.line(call.Pos()))
			return f.name
		}
	}
	if !c.final {
		c.futNames = append(c.futNames, c.fieldName("fut1"))
	}
	c.futs = append(c.futs, field{c.futNames[len(c.futs)], typ, note})
	c.futTypes = append(c.futTypes, t)
	return c.futs[len(c.futs)-1].name
}

// clear lets go of what a field holds.
func (c *coroutine) clear(v *variable) {
	switch v.kind {
	case local:
	case boxed, shared:
		c.gen("%s.%s = nil", c.self, v.field)
	default:
		if v.typ != "" {
			c.gen("%s.%s = nil", c.self, v.field)
		} else if holds(v.obj.Type()) {
			c.gen("%s.%s = %s", c.self, v.field, zeroText(v.obj.Type(), c.typeText(v.obj.Pos(), v.obj.Type())))
		}
	}
}
