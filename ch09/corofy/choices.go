package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// switchStmt desugars a switch with a wait. A row of comparisons chooses the next step: the tag is compared with each
// case, in their order, as long as none is equal.
func (c *coroutine) switchStmt(s *ast.SwitchStmt, l types.Object) {
	c.one(s.Init)
	c.prepare(s.Tag)
	if !c.split[s.Body] {
		from := s.Body.Pos()
		if s.Tag != nil {
			from = s.Tag.Pos()
		}
		c.copied("switch ", from, s, s.End(), l)
		return
	}
	var tag *variable
	if s.Tag != nil {
		tag = c.temp("tag", c.info.TypeOf(s.Tag))
		c.inits[tag] = s.Tag
		c.then(set{tag, code{c.node(s.Tag)}, true})
	}
	bodies, after, otherwise := c.clauseLabels(s, s.Body)
	for i, clause := range s.Body.List {
		for _, x := range clause.(*ast.CaseClause).List {
			c.prepare(x)
			cond := code{"(", c.node(x), ")"}
			if tag != nil {
				cond = code{tag, " == (", c.node(x), ")"}
			} else if types.IsInterface(c.info.TypeOf(x)) {
				cond = code{c.std("true"), " == (", c.node(x), ")"}
			}
			c.leaveIf(cond, bodies[i])
		}
	}
	c.jump(otherwise)
	c.clauses(s.Body, bodies, target{label: l, breaks: after})
}

// clauseLabels makes a label for each clause, and one behind the statement. otherwise is where to go if none fits.
func (c *coroutine) clauseLabels(s ast.Stmt, b *ast.BlockStmt) (bodies []*label, after, otherwise *label) {
	after = c.label(s.Pos(), "after the choice")
	otherwise = after
	for _, clause := range b.List {
		l := c.label(clause.Pos(), "")
		bodies = append(bodies, l)
		if clause, ok := clause.(*ast.CaseClause); ok && clause.List == nil {
			otherwise = l
		}
	}
	return bodies, after, otherwise
}

// clauseBody returns the statements of a clause.
func clauseBody(clause ast.Stmt) (from token.Pos, list []ast.Stmt) {
	if clause, ok := clause.(*ast.CaseClause); ok {
		return clause.Colon + 1, clause.Body
	}
	return clause.(*ast.CommClause).Colon + 1, clause.(*ast.CommClause).Body
}

// clauses desugars the bodies of the clauses, and goes on behind the statement.
func (c *coroutine) clauses(b *ast.BlockStmt, bodies []*label, t target) {
	c.targets = append(c.targets, t)
	for i, clause := range b.List {
		c.then(bodies[i])
		to, next := clause.End(), t.breaks
		from, list := clauseBody(clause)
		if n := len(list); n > 0 && isFallthrough(list[n-1]) {
			to, next, list = list[n-1].Pos(), bodies[i+1], list[:n-1]
		}
		c.list(from, list, to)
		c.jump(next)
	}
	c.targets = c.targets[:len(c.targets)-1]
	c.then(t.breaks)
}

func (c *coroutine) typeSwitch(s *ast.TypeSwitchStmt, l types.Object) {
	c.one(s.Init)
	var guard ast.Expr
	a, named := s.Assign.(*ast.AssignStmt)
	if named {
		guard = a.Rhs[0]
	} else {
		guard = s.Assign.(*ast.ExprStmt).X
	}
	x := ast.Unparen(guard).(*ast.TypeAssertExpr).X
	c.prepare(x)
	if !c.split[s.Body] {
		c.copied("switch ", s.Assign.Pos(), s, s.End(), l)
		return
	}
	v := c.temp("v", c.info.TypeOf(x))
	choice := choice{head: code{"switch ", c.node(x), ".(type) {"}}
	if named {
		choice.head = code{"switch ", declare{[]*variable{v}}, c.node(x), ".(type) {"}
	}
	bodies, after, otherwise := c.clauseLabels(s, s.Body)
	for i, clause := range s.Body.List {
		a := arm{head: code{"default:"}, to: c.lead(bodies[i])}
		list := clause.(*ast.CaseClause).List
		if list != nil {
			a.head = code{"case ", c.span(list[0].Pos(), list[len(list)-1].End()), ":"}
		}
		if obj := c.info.Implicits[clause]; obj != nil {
			if len(list) == 1 && !c.info.Types[list[0]].IsNil() {
				c.writes[obj] = list[0]
			}
			a.sets = []set{{c.add(obj), code{v}, true}}
		}
		choice.arms = append(choice.arms, a)
	}
	choice.all = otherwise != after
	if c.then(choice); !choice.all {
		c.jump(after)
	}
	c.clauses(s.Body, bodies, target{label: l, breaks: after})
}

func (c *coroutine) selectStmt(s *ast.SelectStmt, l types.Object) {
	c.channels(s)
	if !slices.ContainsFunc(s.Body.List, func(clause ast.Stmt) bool {
		_, list := clauseBody(clause)
		return slices.ContainsFunc(list, func(s ast.Stmt) bool { return c.split[s] })
	}) {
		c.copied("", s.Pos(), s, s.End(), l)
		return
	}
	bodies, after, _ := c.clauseLabels(s, s.Body)
	choice := choice{head: code{"select {"}, all: true}
	for i, clause := range s.Body.List {
		comm := clause.(*ast.CommClause).Comm
		a := arm{head: code{"default:"}, to: c.lead(bodies[i])}
		if comm != nil {
			a.head = code{"case ", c.node(comm), ":"}
		}
		if comm, ok := comm.(*ast.AssignStmt); ok && comm.Tok == token.DEFINE {
			t := core(c.info.TypeOf(ast.Unparen(comm.Rhs[0]).(*ast.UnaryExpr).X)).(*types.Chan).Elem()
			vars := make([]*variable, len(comm.Lhs))
			for i, x := range comm.Lhs {
				if v := c.defined(x); v != nil {
					vars[i] = c.temp("v", []types.Type{t, types.Typ[types.Bool]}[i])
					a.sets = append(a.sets, set{v, code{vars[i]}, true})
				}
			}
			a.head = code{"case ", declare{vars}, c.node(comm.Rhs[0]), ":"}
		}
		choice.arms = append(choice.arms, a)
	}
	c.then(choice)
	c.clauses(s.Body, bodies, target{label: l, breaks: after})
}

// channels has the waits done in what a select evaluates first: all channels, and what it sends.
// All that stands before the last wait is kept, since a select doesn't look at it again.
func (c *coroutine) channels(s *ast.SelectStmt) {
	var xs []operand
	for _, clause := range s.Body.List {
		switch comm := clause.(*ast.CommClause).Comm.(type) {
		case *ast.SendStmt:
			xs = append(xs, operand{x: comm.Chan, kept: true}, operand{x: comm.Value, kept: true})
		case *ast.ExprStmt:
			xs = append(xs, operand{x: ast.Unparen(comm.X).(*ast.UnaryExpr).X, kept: true})
		case *ast.AssignStmt:
			if slices.ContainsFunc(comm.Lhs, func(x ast.Expr) bool { return c.split[x] }) {
				c.reject(comm.Pos(), "a wait in what a select sets")
			}
			xs = append(xs, operand{x: ast.Unparen(comm.Rhs[0]).(*ast.UnaryExpr).X, kept: true})
		}
	}
	c.sequence(xs...)
}
