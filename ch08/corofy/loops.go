package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// ifStmt desugars an if with a wait. The condition is evaluated once: what is remembered
// of it is which step comes next.
func (c *coroutine) ifStmt(s *ast.IfStmt) {
	c.one(s.Init)
	c.prepare(s.Cond)
	if !c.split[s.Body] && (s.Else == nil || !c.split[s.Else]) {
		c.copied("if ", s.Cond.Pos(), s, s.End(), nil)
		return
	}
	line := c.line(s.Pos())
	after := c.label("line %d: after the if", line)
	otherwise := after
	if s.Else != nil {
		otherwise = c.label("line %d: else", line)
	}
	c.comments(s.Cond.End(), s.Body.Lbrace)
	c.then(branch{c.not(s.Cond), c.lead(otherwise)})
	c.list(s.Body.Lbrace+1, s.Body.List, s.Body.Rbrace)
	switch e := s.Else.(type) {
	case *ast.BlockStmt:
		c.jump(after)
		c.then(otherwise)
		c.list(e.Lbrace+1, e.List, e.Rbrace)
	case *ast.IfStmt:
		c.jump(after)
		c.then(otherwise)
		if c.split[e] {
			c.stmt(e, nil)
		} else {
			c.copied("", e.Pos(), e, e.End(), nil)
		}
	}
	c.then(after)
}

// not returns the opposite of a condition.
func (c *coroutine) not(x ast.Expr) code {
	if b, ok := x.(*ast.BinaryExpr); ok && (b.Op == token.EQL || b.Op == token.NEQ) && c.replaced[x] == nil {
		op := map[token.Token]string{token.EQL: " != ", token.NEQ: " == "}[b.Op]
		return c.condition(x, c.node(b.X), op, c.node(b.Y))
	}
	return code{"!(", c.node(x), ")"}
}

// condition returns a condition of an if: a literal of a struct in it would look like its block.
func (c *coroutine) condition(x ast.Expr, parts ...any) code {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		_, isLit := n.(*ast.CompositeLit)
		found = found || isLit
		return true
	})
	if found {
		return code{"(", code(parts), ")"}
	}
	return parts
}

func (c *coroutine) forStmt(s *ast.ForStmt, l types.Object) {
	line := c.line(s.Pos())
	c.one(s.Init)
	var loopVars []*variable
	if init, ok := s.Init.(*ast.AssignStmt); ok && init.Tok == token.DEFINE {
		for _, x := range init.Lhs {
			if v := c.vars[c.info.Defs[x.(*ast.Ident)]]; v != nil && v.box {
				loopVars = append(loopVars, v)
			}
		}
	}
	head, after := c.label("%s", c.note(s.Pos())), c.label("line %d: after the loop", line)
	next := head
	if s.Post != nil || len(loopVars) > 0 {
		next = c.label("line %d: next", line)
	}
	c.then(head)
	if s.Cond != nil {
		c.prepare(s.Cond)
		c.then(branch{c.not(s.Cond), c.lead(after)})
	}
	c.loopBody(target{label: l, breaks: after, continues: next}, s.Body)
	if next != head {
		c.then(next)
		for _, v := range loopVars { // each round has a variable of its own
			c.then(set{v, code{v}, true})
		}
		c.one(s.Post)
	}
	c.jump(head)
	c.then(after)
}

// loopBody desugars the body of a loop, up to where the next round begins.
func (c *coroutine) loopBody(t target, b *ast.BlockStmt) {
	c.targets = append(c.targets, t)
	c.list(b.Lbrace+1, b.List, b.Rbrace)
	c.targets = c.targets[:len(c.targets)-1]
}

// rangeStmt desugars a range. Its operand is evaluated once. Temporaries hold the
// operand and the position of the loop.
func (c *coroutine) rangeStmt(s *ast.RangeStmt, l types.Object) {
	for _, x := range []ast.Expr{s.Key, s.Value} {
		if c.split[x] {
			c.reject(x.Pos(), "a wait in what a range sets")
		}
	}
	c.prepare(s.X)
	if !c.split[s.Body] {
		c.copied("", s.Pos(), s, s.End(), l)
		return
	}
	head, after := c.label("%s", c.note(s.Pos())), c.label("line %d: after the loop", c.line(s.Pos()))
	t := target{label: l, breaks: after, continues: head, body: s.Body}
	if s.Tok == token.DEFINE {
		c.defined(s.Key)
		c.defined(s.Value)
	}
	x := c.info.TypeOf(s.X)
	switch u := core(x).(type) {
	case nil:
		c.reject(s.X.Pos(), "a wait in a range over a value whose type is a parameter with several types")
	case *types.Basic:
		if u.Info()&types.IsString != 0 {
			c.rangeString(s, head, after)
		} else {
			c.rangeInt(s, head, after)
		}
	case *types.Map:
		over := c.over(s, x, c.future, ".RangeMap(", c.node(s.X), ")")
		over.typText = code{"*", c.future, ".MapRange[", c.typeText(s.X.Pos(), u.Key()), ", ", c.typeText(s.X.Pos(), u.Elem()), "]"}
		c.next(s, head, after, over, u.Key(), u.Elem())
	case *types.Signature:
		t.over = c.rangeFunc(s, u, head, after)
	case *types.Chan:
		over := c.over(s, x, c.node(s.X))
		c.then(head)
		v, ok := c.temp("v", u.Elem()), c.temp("ok", types.Typ[types.Bool])
		c.thenLine(declare{[]*variable{c.unless(s.Key, v), ok}}, "<-", over)
		c.then(branch{code{"!", ok}, c.lead(after)})
		c.round(s, code{v}, nil)
	default:
		c.rangeIndex(s, x, head, after)
	}
	c.loopBody(t, s.Body)
	c.jump(head)
	c.then(after)
	if t.over != nil {
		c.thenLine(t.over, ".Stop()")
	}
}

// over keeps what a loop goes over.
func (c *coroutine) over(s *ast.RangeStmt, t types.Type, value ...any) *variable {
	over := c.temp("over", t)
	c.inits[over] = s.X
	c.then(set{over, value, true})
	return over
}

// A declare is the declaration of temporaries, of which nil ones are _, up to its value.
type declare struct{ vars []*variable }

func blank(x ast.Expr) bool {
	id, ok := x.(*ast.Ident)
	return x == nil || ok && id.Name == "_"
}

// unless returns v, or nil if nobody wants its value, since x is blank.
func (c *coroutine) unless(x ast.Expr, v *variable) *variable {
	if blank(x) {
		return nil
	}
	return v
}

// next desugars the head of a loop over what has a method Next.
func (c *coroutine) next(s *ast.RangeStmt, head, after *label, over *variable, key, value types.Type) {
	c.then(head)
	k, v, ok := c.temp("k", key), c.temp("v", value), c.temp("ok", types.Typ[types.Bool])
	c.thenLine(declare{[]*variable{c.unless(s.Key, k), c.unless(s.Value, v), ok}}, over, ".Next()")
	c.then(branch{code{"!", ok}, c.lead(after)})
	c.round(s, code{k}, code{v})
}

// round gives the variables of a range their values, for one round.
func (c *coroutine) round(s *ast.RangeStmt, key, value code) {
	var to, values code
	for i, x := range []ast.Expr{s.Key, s.Value} {
		value := []code{key, value}[i]
		switch {
		case blank(x):
		case s.Tok == token.DEFINE:
			c.then(set{c.vars[c.info.Defs[x.(*ast.Ident)]], value, true})
		case to == nil:
			to, values = code{c.node(x)}, value
		default:
			to, values = append(to, ", ", c.node(x)), code{values, ", ", value}
		}
	}
	if to != nil {
		c.thenLine(to, " = ", values)
	}
}

func (c *coroutine) rangeInt(s *ast.RangeStmt, head, after *label) {
	t := c.info.TypeOf(s.X) // a constant has taken that of the variable
	bound := code{c.node(s.X)}
	if c.info.Types[s.X].Value == nil && !c.stays(s.X) {
		v := c.temp("bound", t)
		c.inits[v] = s.X
		c.then(set{v, bound, true})
		bound = code{v}
	}
	c.indexed(s, t, bound, nil, head, after)
}

// rangeIndex is for slices, arrays, and pointers to arrays.
func (c *coroutine) rangeIndex(s *ast.RangeStmt, x types.Type, head, after *label) {
	over := code{c.node(s.X)}
	bound := code{c.std("len"), "(", over, ")"} // which Go doesn't evaluate for an array, as in a range
	if !blank(s.Value) && !c.stays(s.X) {
		over = code{c.over(s, x, over)}
		bound = code{c.std("len"), "(", over, ")"}
	} else if blank(s.Value) && !c.stays(s.X) {
		v := c.temp("bound", types.Typ[types.Int])
		c.then(set{v, bound, true})
		bound = code{v}
	}
	c.indexed(s, types.Typ[types.Int], bound, over, head, after)
}

// indexed desugars the head of a loop over numbers, or over what they are the indices of.
func (c *coroutine) indexed(s *ast.RangeStmt, t types.Type, bound, over code, head, after *label) {
	index := c.temp("index", t)
	c.inits[index] = s.X
	c.then(set{index, code{"0"}, true})
	c.then(head)
	c.then(branch{code{index, " >= ", bound}, c.lead(after)})
	c.round(s, code{index}, code{over, "[", index, "]"})
	c.thenLine(index, "++")
}

// stays reports whether x is a variable that nobody changes: a loop over it needs no copy.
func (c *coroutine) stays(x ast.Expr) bool {
	id, ok := x.(*ast.Ident)
	if !ok {
		return false
	}
	v := c.vars[c.info.Uses[id]]
	return v != nil && !c.written[v.obj] && !c.addressed[v.obj] && (v.kind == captured || !v.box)
}

// rangeString has a loop over the rest of the string find the next character.
func (c *coroutine) rangeString(s *ast.RangeStmt, head, after *label) {
	over, index := c.over(s, c.info.TypeOf(s.X), c.node(s.X)), c.temp("index", types.Typ[types.Int])
	c.then(set{index, code{"0"}, true})
	c.then(head)
	r, at, ok := c.temp("r", types.Typ[types.Rune]), c.temp("at", types.Typ[types.Int]), c.temp("ok", types.Typ[types.Bool])
	c.thenLine(declare{[]*variable{c.unless(s.Value, r), at, ok}}, c.future, ".NextRune(", over, ", ", index, ")")
	c.then(branch{code{"!", ok}, c.lead(after)})
	c.round(s, code{index}, code{r})
	c.then(set{index, code{at}, true})
}

// rangeFunc has the function run on a coroutine of its own, which is put aside after each round.
func (c *coroutine) rangeFunc(s *ast.RangeStmt, sig *types.Signature, head, after *label) *variable {
	yield := core(sig.Params().At(0).Type()).(*types.Signature).Params()
	kv := []types.Type{types.NewStruct(nil, nil), types.NewStruct(nil, nil)}
	for i := range yield.Len() {
		kv[i] = yield.At(i).Type()
	}
	key, value := kv[0], kv[1]
	seq := code{c.future, fmt.Sprintf(".Seq%d(", yield.Len()), c.node(s.X), ")"}
	over := c.temp("over", kv[0])
	over.typText = code{"*", c.future, ".FuncRange[", c.typeText(s.X.Pos(), key), ", ", c.typeText(s.X.Pos(), value), "]"}
	c.then(set{over, code{c.future, ".RangeFunc(&", c.self, ".defers, ", seq, ")"}, true})
	c.next(s, head, after, over, key, value)
	return over
}
