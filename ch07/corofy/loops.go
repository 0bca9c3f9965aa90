package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// ifStmt lowers an if with a wait. The condition is evaluated once: what is remembered
// of it is which step comes next.
func (c *coroutine) ifStmt(s *ast.IfStmt) {
	c.one(s.Init)
	c.prepare(s.Cond)
	if !c.opened(s) {
		c.statement(s.Body)
		if s.Else != nil {
			c.statement(s.Else)
		}
		c.copies(s.Cond.Pos(), s.End())
		c.own("if " + c.code(s.Cond.Pos(), s.End()))
		return
	}
	line := c.line(s.Pos())
	after := c.newState(fmt.Sprintf("line %d: after the if", line))
	otherwise := after
	if s.Else != nil {
		otherwise = c.newState(fmt.Sprintf("line %d: else", line))
	}
	c.copies(s.Cond.Pos(), s.Cond.End())
	c.own(c.code(s.Cond.End(), s.Body.Lbrace)) // a comment
	c.gen("if %s {\n%s\n}", c.not(s.Cond), c.leave(otherwise, false))
	c.list(s.Body.Lbrace+1, s.Body.List, s.Body.Rbrace)
	c.jump(after)
	if s.Else != nil {
		c.begin(otherwise)
		if b, ok := s.Else.(*ast.BlockStmt); ok {
			c.list(b.Lbrace+1, b.List, b.Rbrace)
		} else {
			c.stmt(s.Else, nil)
		}
	}
	c.meet(after)
}

// not returns the opposite of a condition.
func (c *coroutine) not(x ast.Expr) string {
	if b, ok := x.(*ast.BinaryExpr); ok && (b.Op == token.EQL || b.Op == token.NEQ) {
		op := map[token.Token]string{token.EQL: "!=", token.NEQ: "=="}[b.Op]
		return fmt.Sprintf("%s %s %s", c.expr(b.X), op, c.expr(b.Y))
	}
	return "!(" + c.expr(x) + ")"
}

func (c *coroutine) forStmt(s *ast.ForStmt, label types.Object) {
	line := c.line(s.Pos())
	c.one(s.Init)
	var loopVars []*variable
	if init, ok := s.Init.(*ast.AssignStmt); ok && init.Tok == token.DEFINE {
		for _, x := range init.Lhs {
			if v := c.vars[c.info.Defs[x.(*ast.Ident)]]; v != nil {
				loopVars = append(loopVars, v)
			}
		}
	}
	head := c.newState(c.note(s.Pos()))
	after := c.newState(fmt.Sprintf("line %d: after the loop", line))
	next := head
	if s.Post != nil || len(loopVars) > 0 {
		next = c.newState(fmt.Sprintf("line %d: next", line))
	}
	c.jump(head)
	c.begin(head)
	if s.Cond != nil {
		c.prepare(s.Cond)
		c.copies(s.Cond.Pos(), s.Cond.End())
		c.gen("if %s {\n%s\n}", c.not(s.Cond), c.leave(after, false))
	}
	c.body(target{label: label, breaks: after, continues: next}, s.Body)
	if next != head {
		c.meet(next)
		if c.cur != nil {
			for _, v := range loopVars {
				if v.box { // each round has a variable of its own
					c.event(v, reads)
					c.event(v, writes)
					delete(c.cur.copies, v)
					if v.kind == boxed {
						c.gen("%s.%s = new(*%[1]s.%[2]s)", c.self, v.field)
					}
				}
			}
			c.one(s.Post)
		}
	}
	c.jump(head)
	if after.before > 0 {
		c.begin(after)
	}
}

// body lowers the body of a loop, up to where the next round begins.
func (c *coroutine) body(t target, b *ast.BlockStmt) {
	c.targets = append(c.targets, t)
	c.list(b.Lbrace+1, b.List, b.Rbrace)
	c.targets = c.targets[:len(c.targets)-1]
	c.jump(t.continues)
}

// rangeStmt lowers every range but that over a function. What the loop goes over is evaluated once, and
// is in hidden variables, as is how far the loop is.
func (c *coroutine) rangeStmt(s *ast.RangeStmt, label types.Object) {
	c.prepare(s.X)
	if !c.opened(s) {
		c.statement(s)
		c.copies(s.Pos(), s.End())
		c.own(c.labelOf(s, label) + c.code(s.Pos(), s.End()))
		return
	}
	head := c.newState(c.note(s.Pos()))
	after := c.newState(fmt.Sprintf("line %d: after the loop", c.line(s.Pos())))
	c.copies(s.X.Pos(), s.X.End())
	x := c.info.TypeOf(s.X)
	switch u := core(x).(type) {
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			c.rangeString(s, head, after)
		} else {
			c.rangeInt(s, head, after)
		}
	case *types.Map:
		c.rangeMap(s, u, head, after)
	case *types.Chan:
		over := c.hidden("over", x)
		c.assign(over, c.expr(s.X))
		c.jump(head)
		c.begin(head)
		v, ok := c.pick("v"), c.pick("ok")
		if blank(s.Key) {
			v = "_"
		}
		c.gen("%s, %s := <-%s", v, ok, c.get(over))
		c.gen("if !%s {\n%s\n}", ok, c.leave(after, false))
		c.round(s, v, "")
	default:
		c.rangeIndex(s, x, head, after)
	}
	c.body(target{label: label, breaks: after, continues: head}, s.Body)
	if after.before > 0 {
		c.begin(after)
	}
}

func blank(x ast.Expr) bool {
	id, ok := x.(*ast.Ident)
	return x == nil || ok && id.Name == "_"
}

// pick chooses a name for a local variable of the current step.
func (c *coroutine) pick(want string) string {
	got := c.unused(want)
	c.generated(got)
	return got
}

// round gives the variables of a range their values, for one round.
func (c *coroutine) round(s *ast.RangeStmt, key, value string) {
	var to, values []string
	for i, x := range []ast.Expr{s.Key, s.Value} {
		value := []string{key, value}[i]
		switch {
		case blank(x):
		case s.Tok == token.DEFINE:
			c.start(c.vars[c.info.Defs[x.(*ast.Ident)]], value)
		default:
			c.copies(x.Pos(), x.End())
			to, values = append(to, c.expr(x)), append(values, value)
		}
	}
	if len(to) > 0 {
		c.gen("%s = %s", strings.Join(to, ", "), strings.Join(values, ", "))
	}
}

func (c *coroutine) rangeInt(s *ast.RangeStmt, head, after *state) {
	t := c.info.TypeOf(s.X) // a constant has taken that of the variable
	bound, index := c.hidden("bound", t), c.hidden("index", t)
	c.assign(bound, c.expr(s.X))
	c.assign(index, "0")
	c.jump(head)
	c.begin(head)
	c.gen("if %s >= %s {\n%s\n}", c.get(index), c.get(bound), c.leave(after, false))
	c.round(s, c.get(index), "")
	c.gen("%s++", c.get(index))
}

// rangeIndex is for slices, arrays, and pointers to arrays.
func (c *coroutine) rangeIndex(s *ast.RangeStmt, x types.Type, head, after *state) {
	bound, index := c.hidden("bound", types.Typ[types.Int]), c.hidden("index", types.Typ[types.Int])
	var over *variable
	if blank(s.Value) {
		c.assign(bound, "len("+c.expr(s.X)+")") // which Go doesn't evaluate for an array, as in a range
	} else {
		over = c.hidden("over", x)
		c.assign(over, c.expr(s.X))
		c.assign(bound, "len("+c.get(over)+")")
	}
	c.assign(index, "0")
	c.jump(head)
	c.begin(head)
	c.gen("if %s >= %s {\n%s\n}", c.get(index), c.get(bound), c.leave(after, false))
	elem := ""
	if over != nil {
		elem = c.get(over) + "[" + c.get(index) + "]"
	}
	c.round(s, c.get(index), elem)
	c.gen("%s++", c.get(index))
}

// rangeString has a loop over the rest of the string find the next character.
func (c *coroutine) rangeString(s *ast.RangeStmt, head, after *state) {
	over, index := c.hidden("over", c.info.TypeOf(s.X)), c.hidden("index", types.Typ[types.Int])
	c.assign(over, c.expr(s.X))
	c.assign(index, "0")
	c.jump(head)
	c.begin(head)
	c.gen("if %s >= len(%s) {\n%s\n}", c.get(index), c.get(over), c.leave(after, false))
	r, at := c.pick("r"), c.pick("at")
	if blank(s.Value) {
		r = "_"
	}
	c.gen("%s, %s := %s.NextRune(string(%s), %s)", r, at, c.future, c.get(over), c.get(index))
	c.round(s, c.get(index), r)
	c.gen("%s = %s", c.get(index), at)
}

func (c *coroutine) rangeMap(s *ast.RangeStmt, m *types.Map, head, after *state) {
	over := c.hidden("over", c.info.TypeOf(s.X))
	over.typ = fmt.Sprintf("*%s.MapRange[%s, %s]", c.future, c.typeText(s.X.Pos(), m.Key()), c.typeText(s.X.Pos(), m.Elem()))
	c.assign(over, fmt.Sprintf("%s.RangeMap(%s)", c.future, c.expr(s.X)))
	c.jump(head)
	c.begin(head)
	k, v, ok := c.pick("k"), c.pick("v"), c.pick("ok")
	if blank(s.Key) {
		k = "_"
	}
	if blank(s.Value) {
		v = "_"
	}
	c.gen("%s, %s, %s := %s.Next()", k, v, ok, c.get(over))
	c.gen("if !%s {\n%s\n}", ok, c.leave(after, false))
	c.round(s, k, v)
}
