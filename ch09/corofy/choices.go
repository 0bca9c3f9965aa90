package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// switchStmt desugars a switch with a wait. The switch itself only chooses the next step;
// if a wait stands in one of its cases, so does a row of comparisons.
func (c *coroutine) switchStmt(s *ast.SwitchStmt, l types.Object) {
	c.one(s.Init)
	c.prepare(s.Tag)
	from := s.Body.Pos()
	if s.Tag != nil {
		from = s.Tag.Pos()
	}
	if !c.split[s.Body] {
		c.copied("switch ", from, s, s.End(), l)
		return
	}
	after := c.label("line %d: after the switch", c.line(s.Pos()))
	bodies, otherwise := c.clauseLabels(s.Body, after)
	waits := false
	for _, clause := range s.Body.List {
		for _, x := range clause.(*ast.CaseClause).List {
			waits = waits || c.split[x]
		}
	}
	if waits {
		c.comparisons(s, bodies, otherwise)
	} else {
		choice := choice{head: code{"switch {"}}
		if s.Tag != nil {
			choice.head = code{"switch ", c.node(s.Tag), " {"}
		}
		for i, clause := range s.Body.List {
			if list := clause.(*ast.CaseClause).List; list != nil {
				choice.arms = append(choice.arms, arm{head: code{"case ", c.span(list[0].Pos(), list[len(list)-1].End()), ":"}, to: c.lead(bodies[i])})
			}
		}
		choice.arms = append(choice.arms, arm{head: code{"default:"}, to: c.lead(otherwise)})
		c.then(choice)
	}
	c.clauses(s.Body, bodies, target{label: l, breaks: after})
}

// clauseLabels makes a label for each clause. otherwise is where to go if none fits.
func (c *coroutine) clauseLabels(b *ast.BlockStmt, after *label) (bodies []*label, otherwise *label) {
	otherwise = after
	for _, clause := range b.List {
		l := c.label("%s", c.note(clause.Pos()))
		bodies = append(bodies, l)
		if clause, ok := clause.(*ast.CaseClause); ok && clause.List == nil {
			otherwise = l
		}
	}
	return bodies, otherwise
}

// clauses desugars the bodies of the clauses, and goes on behind the statement.
func (c *coroutine) clauses(b *ast.BlockStmt, bodies []*label, t target) {
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
		c.then(bodies[i])
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
	c.then(t.breaks)
}

// comparisons compares the tag with each case, in their order, as long as none is equal.
func (c *coroutine) comparisons(s *ast.SwitchStmt, bodies []*label, otherwise *label) {
	var tag *variable
	if s.Tag != nil {
		tag = c.temp("tag", c.info.TypeOf(s.Tag))
		c.inits[tag] = s.Tag
		c.then(set{tag, code{c.node(s.Tag)}, true})
	}
	for i, clause := range s.Body.List {
		for _, x := range clause.(*ast.CaseClause).List {
			c.prepare(x)
			cond := c.condition(x, c.node(x))
			if tag != nil {
				cond = code{tag, " == (", c.node(x), ")"}
			} else if types.IsInterface(c.info.TypeOf(x)) {
				cond = code{c.std("true"), " == (", c.node(x), ")"}
			}
			c.then(branch{cond, c.lead(bodies[i])})
		}
	}
	c.jump(otherwise)
}

func (c *coroutine) typeSwitch(s *ast.TypeSwitchStmt, l types.Object) {
	c.one(s.Init)
	var guard *ast.TypeAssertExpr
	switch a := s.Assign.(type) {
	case *ast.AssignStmt:
		guard = ast.Unparen(a.Rhs[0]).(*ast.TypeAssertExpr)
	case *ast.ExprStmt:
		guard = ast.Unparen(a.X).(*ast.TypeAssertExpr)
	}
	c.prepare(guard.X)
	if !c.split[s.Body] {
		c.copied("switch ", s.Assign.Pos(), s, s.End(), l)
		return
	}
	after := c.label("line %d: after the switch", c.line(s.Pos()))
	bodies, otherwise := c.clauseLabels(s.Body, after)
	v := c.temp("v", c.info.TypeOf(guard.X))
	used := false
	choice := choice{}
	for i, clause := range s.Body.List {
		a := arm{head: code{"default:"}, to: bodies[i]}
		if list := clause.(*ast.CaseClause).List; list != nil {
			a.head = code{"case ", c.span(list[0].Pos(), list[len(list)-1].End()), ":"}
		} else {
			otherwise = nil
		}
		if obj := c.info.Implicits[clause]; obj != nil && c.mentioned[obj] {
			used = true
			if list := clause.(*ast.CaseClause).List; len(list) == 1 && !c.info.Types[list[0]].IsNil() {
				c.writes[obj] = list[0]
			}
			a.sets = []set{{c.add(obj), code{v}, true}}
		}
		c.lead(a.to)
		choice.arms = append(choice.arms, a)
	}
	choice.head = code{"switch ", c.node(guard.X), ".(type) {"}
	if used {
		choice.head = code{"switch ", declare{[]*variable{v}}, c.node(guard.X), ".(type) {"}
	}
	if otherwise != nil {
		choice.arms = append(choice.arms, arm{head: code{"default:"}, to: c.lead(otherwise)})
	}
	c.then(choice)
	c.clauses(s.Body, bodies, target{label: l, breaks: after})
}

func (c *coroutine) selectStmt(s *ast.SelectStmt, l types.Object) {
	c.channels(s)
	bodies := false
	for _, clause := range s.Body.List {
		for _, s := range clause.(*ast.CommClause).Body {
			bodies = bodies || c.split[s]
		}
	}
	if !bodies {
		c.copied("", s.Pos(), s, s.End(), l)
		return
	}
	after := c.label("line %d: after the select", c.line(s.Pos()))
	labels, _ := c.clauseLabels(s.Body, after)
	choice := choice{head: code{"select {"}}
	for i, clause := range s.Body.List {
		a := arm{head: code{"default:"}, to: c.lead(labels[i])}
		switch comm := clause.(*ast.CommClause).Comm.(type) {
		case nil:
		case *ast.AssignStmt:
			if comm.Tok != token.DEFINE {
				a.head = code{"case ", c.node(comm), ":"}
				break
			}
			t := core(c.info.TypeOf(ast.Unparen(comm.Rhs[0]).(*ast.UnaryExpr).X)).(*types.Chan).Elem()
			var vars []*variable
			for i, x := range comm.Lhs {
				vars = append(vars, nil)
				if v := c.defined(x); v != nil {
					vars[i] = c.temp("v", []types.Type{t, types.Typ[types.Bool]}[i])
					a.sets = append(a.sets, set{v, code{vars[i]}, true})
				}
			}
			a.head = code{"case ", declare{vars}, c.node(comm.Rhs[0]), ":"}
		default:
			a.head = code{"case ", c.node(comm), ":"}
		}
		choice.arms = append(choice.arms, a)
	}
	c.then(choice)
	c.clauses(s.Body, labels, target{label: l, breaks: after})
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
			if slices.ContainsFunc(comm.Lhs, func(x ast.Expr) bool { return c.split[x] }) {
				c.reject(comm.Pos(), "a wait in what a select sets")
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
		c.hold(x)
	}
}
