package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// switchStmt lowers a switch with a wait. The switch itself only chooses the next step;
// if a wait stands in one of its cases, so does a row of comparisons.
func (c *coroutine) switchStmt(s *ast.SwitchStmt, label types.Object) {
	c.one(s.Init)
	c.prepare(s.Tag)
	from := s.Body.Pos()
	if s.Tag != nil {
		from = s.Tag.Pos()
	}
	if !c.opened(s) {
		c.statement(s)
		c.copies(from, s.End())
		c.own(c.labelOf(s, label) + "switch " + c.code(from, s.End()))
		return
	}
	after := c.newState(fmt.Sprintf("line %d: after the switch", c.line(s.Pos())))
	bodies, otherwise := c.clauseStates(s.Body, after)
	waits := false
	for _, clause := range s.Body.List {
		for _, x := range clause.(*ast.CaseClause).List {
			waits = waits || c.split[x]
		}
	}
	if waits {
		c.comparisons(s, bodies, otherwise)
	} else {
		tag := ""
		if s.Tag != nil {
			c.copies(s.Tag.Pos(), s.Tag.End())
			tag = c.expr(s.Tag)
		}
		var b strings.Builder
		for i, clause := range s.Body.List {
			if list := clause.(*ast.CaseClause).List; list != nil {
				c.copies(list[0].Pos(), list[len(list)-1].End())
				fmt.Fprintf(&b, "case %s:\n%s = %s\n", c.code(list[0].Pos(), list[len(list)-1].End()), c.state, mark(bodies[i]))
				c.edge(bodies[i])
			}
		}
		c.edge(otherwise)
		c.gen("switch %s {\n%sdefault:\n%s = %s\n}", tag, b.String(), c.state, mark(otherwise))
	}
	c.cur = nil
	c.clauses(s.Body, bodies, target{label: label, breaks: after})
}

// clauseStates makes a step for each clause. otherwise is where to go if none fits.
func (c *coroutine) clauseStates(b *ast.BlockStmt, after *state) (bodies []*state, otherwise *state) {
	otherwise = after
	for _, clause := range b.List {
		s := c.newState(c.note(clause.Pos()))
		bodies = append(bodies, s)
		switch clause := clause.(type) {
		case *ast.CaseClause:
			if clause.List == nil {
				otherwise = s
			}
		case *ast.CommClause:
			if clause.Comm == nil {
				otherwise = s
			}
		}
	}
	return bodies, otherwise
}

// clauses lowers the bodies of the clauses, and goes on behind the statement.
func (c *coroutine) clauses(b *ast.BlockStmt, bodies []*state, t target) {
	c.targets = append(c.targets, t)
	for i, clause := range b.List {
		var list []ast.Stmt
		var from token.Pos
		switch clause := clause.(type) {
		case *ast.CaseClause:
			list, from = clause.Body, clause.Colon+1
		case *ast.CommClause:
			list, from = clause.Body, clause.Colon+1
		}
		c.begin(bodies[i])
		to, next := clause.End(), t.breaks
		if n := len(list); n > 0 {
			if b, ok := list[n-1].(*ast.BranchStmt); ok && b.Tok == token.FALLTHROUGH {
				to, next, list = b.Pos(), bodies[i+1], list[:n-1]
			}
		}
		c.list(from, list, to)
		c.jump(next)
	}
	c.targets = c.targets[:len(c.targets)-1]
	if t.breaks.before > 0 {
		c.begin(t.breaks)
	}
}

// comparisons compares the tag with each case, in their order, as long as none is equal.
func (c *coroutine) comparisons(s *ast.SwitchStmt, bodies []*state, otherwise *state) {
	var tag *variable
	if s.Tag != nil {
		tag = c.hidden("tag", c.info.TypeOf(s.Tag))
		c.copies(s.Tag.Pos(), s.Tag.End())
		c.assign(tag, c.expr(s.Tag))
	}
	for i, clause := range s.Body.List {
		for _, x := range clause.(*ast.CaseClause).List {
			c.prepare(x)
			c.copies(x.Pos(), x.End())
			cond := c.expr(x)
			if tag != nil {
				cond = fmt.Sprintf("%s == (%s)", c.get(tag), cond)
			} else if types.IsInterface(c.info.TypeOf(x)) {
				cond = fmt.Sprintf("true == (%s)", cond)
			}
			c.gen("if %s {\n%s\n}", cond, c.leave(bodies[i], false))
		}
	}
	c.jump(otherwise)
}

func (c *coroutine) typeSwitch(s *ast.TypeSwitchStmt, label types.Object) {
	c.one(s.Init)
	var guard *ast.TypeAssertExpr
	switch a := s.Assign.(type) {
	case *ast.AssignStmt:
		guard = ast.Unparen(a.Rhs[0]).(*ast.TypeAssertExpr)
	case *ast.ExprStmt:
		guard = ast.Unparen(a.X).(*ast.TypeAssertExpr)
	}
	c.prepare(guard.X)
	if !c.opened(s) {
		c.statement(s)
		c.copies(s.Assign.Pos(), s.End())
		c.own(c.labelOf(s, label) + "switch " + c.code(s.Assign.Pos(), s.End()))
		return
	}
	after := c.newState(fmt.Sprintf("line %d: after the switch", c.line(s.Pos())))
	bodies, otherwise := c.clauseStates(s.Body, after)
	c.copies(guard.X.Pos(), guard.X.End())
	x := c.expr(guard.X)
	name := c.pick("v")
	used := false
	for _, clause := range s.Body.List {
		used = used || c.usedImplicit(clause)
	}
	if used {
		c.gen("switch %s := %s.(type) {", name, x)
	} else {
		c.gen("switch %s.(type) {", x)
	}
	hasDefault := false
	for i, clause := range s.Body.List {
		if list := clause.(*ast.CaseClause).List; list == nil {
			c.gen("default:")
			hasDefault = true
		} else {
			c.gen("case %s:", c.code(list[0].Pos(), list[len(list)-1].End()))
		}
		if c.usedImplicit(clause) {
			c.start(c.vars[c.info.Implicits[clause]], name)
		}
		c.edge(bodies[i])
		c.gen("%s = %s", c.state, mark(bodies[i]))
	}
	if !hasDefault {
		c.edge(otherwise)
		c.gen("default:\n%s = %s", c.state, mark(otherwise))
	}
	c.gen("}")
	c.cur = nil
	c.clauses(s.Body, bodies, target{label: label, breaks: after})
}

// usedImplicit reports whether a clause of a type switch uses the variable that it declares.
func (c *coroutine) usedImplicit(clause ast.Stmt) (used bool) {
	obj := c.info.Implicits[clause]
	for _, m := range c.idents() {
		used = used || obj != nil && c.info.Uses[m.id] == obj
	}
	return used
}

func (c *coroutine) selectStmt(s *ast.SelectStmt, label types.Object) {
	c.channels(s)
	if !c.opened(s) {
		c.statement(s)
		c.copies(s.Pos(), s.End())
		c.own(c.labelOf(s, label) + c.code(s.Pos(), s.End()))
		return
	}
	after := c.newState(fmt.Sprintf("line %d: after the select", c.line(s.Pos())))
	bodies, _ := c.clauseStates(s.Body, after)
	for _, clause := range s.Body.List {
		if comm := clause.(*ast.CommClause).Comm; comm != nil {
			c.copies(comm.Pos(), comm.End())
		}
	}
	c.gen("select {")
	for i, clause := range s.Body.List {
		switch comm := clause.(*ast.CommClause).Comm.(type) {
		case nil:
			c.gen("default:")
		case *ast.AssignStmt:
			if comm.Tok != token.DEFINE {
				c.gen("case %s:", c.code(comm.Pos(), comm.End()))
				break
			}
			var names []string
			for range comm.Lhs {
				names = append(names, c.pick("v"))
			}
			for i, x := range comm.Lhs {
				if blank(x) {
					names[i] = "_"
				}
			}
			op := ":="
			if strings.Trim(strings.Join(names, ""), "_") == "" {
				op = "="
			}
			c.gen("case %s %s %s:", strings.Join(names, ", "), op, c.expr(comm.Rhs[0]))
			for i, x := range comm.Lhs {
				if !blank(x) {
					c.start(c.vars[c.info.Defs[x.(*ast.Ident)]], names[i])
				}
			}
		default:
			c.gen("case %s:", c.code(comm.Pos(), comm.End()))
		}
		c.edge(bodies[i])
		c.gen("%s = %s", c.state, mark(bodies[i]))
	}
	c.gen("}")
	c.cur = nil
	c.clauses(s.Body, bodies, target{label: label, breaks: after})
}

// channels has the waits done in what a select evaluates first: all channels, and what it sends.
// All that stands before the last wait is kept, since a select doesn't look at it again.
func (c *coroutine) channels(s *ast.SelectStmt) {
	var xs []ast.Expr
	for _, clause := range s.Body.List {
		switch comm := clause.(*ast.CommClause).Comm.(type) {
		case *ast.SendStmt:
			xs = append(xs, comm.Chan, comm.Value)
		case *ast.ExprStmt:
			xs = append(xs, ast.Unparen(comm.X).(*ast.UnaryExpr).X)
		case *ast.AssignStmt:
			for _, x := range comm.Lhs {
				if c.split[x] {
					c.reject(x.Pos(), "a wait in what a select sets")
				}
			}
			xs = append(xs, ast.Unparen(comm.Rhs[0]).(*ast.UnaryExpr).X)
		}
	}
	last := -1
	for i, x := range xs {
		if c.split[x] {
			last = i
		}
	}
	for _, x := range xs[:last+1] {
		c.prepare(x)
		if !c.replaced(x) && c.info.Types[x].Value == nil && !c.info.Types[x].IsNil() {
			c.keep(x)
		}
	}
}
