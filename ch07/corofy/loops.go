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
	after := c.label(s.Pos(), "after the if")
	otherwise := after
	if s.Else != nil {
		otherwise = c.label(s.Pos(), "else")
	}
	c.comments(s.Cond.End(), s.Body.Lbrace)
	c.leaveIf(code{"!(", c.node(s.Cond), ")"}, otherwise)
	c.list(s.Body.Lbrace+1, s.Body.List, s.Body.Rbrace)
	if s.Else != nil {
		c.jump(after)
		c.then(otherwise)
		c.one(s.Else)
	}
	c.then(after)
}

func (c *coroutine) forStmt(s *ast.ForStmt, l types.Object) {
	c.one(s.Init)
	head, next, after := c.label(s.Pos(), ""), c.label(s.Pos(), "next"), c.label(s.Pos(), "after the loop")
	c.then(head)
	if s.Cond != nil {
		c.prepare(s.Cond)
		c.leaveIf(code{"!(", c.node(s.Cond), ")"}, after)
	}
	c.loopBody(target{label: l, breaks: after, continues: next}, s.Body)
	c.then(next)
	for _, id := range c.declaredBy(s.Init) {
		if v := c.vars[c.info.Defs[id]]; v != nil && v.box { // each round has a variable of its own
			c.then(set{v, code{v}, true})
		}
	}
	c.one(s.Post)
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
	head, after := c.label(s.Pos(), ""), c.label(s.Pos(), "after the loop")
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
			c.rangeIndex(s, x, head, after)
		}
	case *types.Map:
		over := c.over(s, c.ranger("MapRange", u.Key(), u.Elem()), c.future, ".RangeMap(", c.node(s.X), ")")
		c.next(s, head, after, code{over, ".Next()"}, u.Key(), u.Elem())
	case *types.Signature:
		t.over = c.rangeFunc(s, u, head, after)
	case *types.Chan:
		c.next(s, head, after, code{"<-", c.over(s, x, c.node(s.X))}, u.Elem())
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

// ranger returns a pointer to a type of package future.
func (c *coroutine) ranger(name string, kv ...types.Type) types.Type {
	t, _ := types.Instantiate(nil, c.async.Pkg().Scope().Lookup(name).Type(), kv, false)
	return types.NewPointer(t)
}

// over keeps what a loop goes over.
func (c *coroutine) over(s *ast.RangeStmt, t types.Type, value ...any) *variable {
	over := c.temp("over", t)
	c.inits[over] = s.X
	c.then(set{over, value, true})
	return over
}

// A declare is the declaration of temporaries, up to its value. Those that nobody reads are _.
type declare struct{ vars []*variable }

func blank(x ast.Expr) bool {
	id, ok := x.(*ast.Ident)
	return x == nil || ok && id.Name == "_"
}

// next desugars the head of a loop whose rounds ask for their values, and whether there are any.
func (c *coroutine) next(s *ast.RangeStmt, head, after *label, ask code, values ...types.Type) {
	c.then(head)
	var vars []*variable
	var to [2]code
	for i, t := range values {
		vars = append(vars, c.temp([]string{"k", "v"}[i], t))
		to[i] = code{vars[i]}
	}
	ok := c.temp("ok", types.Typ[types.Bool])
	c.thenLine(declare{append(vars, ok)}, ask)
	c.leaveIf(code{"!", ok}, after)
	c.round(s, to[0], to[1])
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

// rangeIndex is for numbers, slices, arrays, and pointers to arrays.
func (c *coroutine) rangeIndex(s *ast.RangeStmt, x types.Type, head, after *label) {
	t, over, bound := types.Type(types.Typ[types.Int]), code(nil), code{c.node(s.X)}
	if _, ok := core(x).(*types.Basic); ok {
		t = x // a constant has taken that of the variable
	} else if blank(s.Value) {
		bound = code{c.std("len"), "(", c.node(s.X), ")"} // which Go doesn't evaluate for an array, as in a range
	} else {
		over = code{c.over(s, x, c.node(s.X))}
		bound = code{c.std("len"), "(", over, ")"}
	}
	if over == nil && blank(s.Key) { // nothing needs the index, so a frame has one variable for the loop
		rest := c.temp("rest", t)
		c.inits[rest] = s.X
		c.then(set{rest, bound, true})
		c.then(head)
		c.leaveIf(code{rest, " <= 0"}, after)
		c.thenLine(rest, "--")
		c.round(s, nil, nil)
		return
	}
	if over == nil && c.info.Types[s.X].Value == nil {
		v := c.temp("bound", t)
		c.then(set{v, bound, true})
		bound = code{v}
	}
	index := c.temp("index", t)
	c.inits[index] = s.X
	c.then(set{index, code{"0"}, true})
	c.then(head)
	c.leaveIf(code{index, " >= ", bound}, after)
	c.round(s, code{index}, code{over, "[", index, "]"})
	c.thenLine(index, "++")
}

// rangeString has a loop over the rest of the string find the next character.
func (c *coroutine) rangeString(s *ast.RangeStmt, head, after *label) {
	over, index := c.over(s, c.info.TypeOf(s.X), c.node(s.X)), c.temp("index", types.Typ[types.Int])
	c.then(set{index, code{"0"}, true})
	c.then(head)
	r, at, ok := c.temp("r", types.Typ[types.Rune]), c.temp("at", types.Typ[types.Int]), c.temp("ok", types.Typ[types.Bool])
	c.thenLine(declare{[]*variable{r, at, ok}}, c.future, ".NextRune(", over, ", ", index, ")")
	c.leaveIf(code{"!", ok}, after)
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
	over := c.over(s, c.ranger("FuncRange", kv...), c.future, ".RangeFunc(&", c.self, ".defers, ", c.future, fmt.Sprintf(".Seq%d(", yield.Len()), c.node(s.X), "))")
	c.next(s, head, after, code{over, ".Next()"}, kv...)
	return over
}
