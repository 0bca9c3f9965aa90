package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
)

// The order in which the operands of a statement are evaluated, where one of them waits. The language orders calls,
// receives, && and ||; for all else its compiler decides, and does so in its own way: it copies some values
// when it comes to them, and looks at the others when all calls are over. So does this: what stands before a wait and
// is copied by the compiler is kept in a temporary (cmd/compile/internal/walk/order.go).

// An operand is an expression. The compiler needs its address, and copies it if it has none.
type operand struct {
	x       ast.Expr // may be nil
	address bool
	kept    bool // in any case, also if it is the last with a wait
}

// sequence has the waits in expressions done that are evaluated one after the other.
func (c *coroutine) sequence(xs ...operand) {
	last := c.last(xs)
	for i, o := range xs[:last+1] {
		if c.prepare(o.x); o.kept {
			c.hold(o.x)
		} else if i < last {
			c.spill(o)
		}
	}
}

// last returns the index of the last operand with a wait, or -1.
func (c *coroutine) last(xs []operand) int {
	i := len(xs) - 1
	for i >= 0 && !c.split[xs[i].x] {
		i--
	}
	return i
}

// prepare desugars all waits in x. When it returns, the current step begins behind the last of them, and the source
// of x has edits that put their results in their places.
func (c *coroutine) prepare(x ast.Expr) {
	if x == nil || !c.split[x] {
		return
	}
	if call, ok := ast.Unparen(x).(*ast.CallExpr); ok && c.callee(call) == c.wait {
		t := c.info.TypeOf(call).(*types.Tuple)
		v, err := c.temp("v", t.At(0).Type()), c.temp("err", t.At(1).Type())
		c.await(call, [2]*variable{v, err}, [2]bool{true, true})
		c.edit(x.Pos(), x.End(), v, ", ", err)
		return
	}
	switch x := x.(type) {
	case *ast.BinaryExpr:
		if (x.Op == token.LAND || x.Op == token.LOR) && c.split[x.Y] {
			c.logical(x)
			return
		}
	case *ast.CompositeLit:
		if _, ok := core(c.info.TypeOf(x)).(*types.Map); ok {
			c.mapEntries(x)
			return
		}
	}
	c.sequence(c.operands(x)...)
}

// operands returns the parts of x in the order of their evaluation.
func (c *coroutine) operands(x ast.Expr) (all []operand) {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return []operand{{x: x.X}}
	case *ast.SelectorExpr:
		return []operand{{x: x.X}}
	case *ast.IndexExpr:
		m, ok := core(c.info.TypeOf(x.X)).(*types.Map)
		return []operand{{x: x.X}, {x: x.Index, address: ok && (c.slow(m) || c.converted(x.Index, m.Key()))}}
	case *ast.SliceExpr:
		return []operand{{x: x.X}, {x: x.Low}, {x: x.High}, {x: x.Max}}
	case *ast.StarExpr:
		return []operand{{x: x.X}}
	case *ast.UnaryExpr:
		return []operand{{x: x.X}}
	case *ast.BinaryExpr:
		tx, ty := c.info.TypeOf(x.X), c.info.TypeOf(x.Y)
		compares := x.Op == token.EQL || x.Op == token.NEQ
		return []operand{{x: x.X, address: compares && (composed(tx) || c.converted(x.X, ty))}, {x: x.Y, address: compares && (composed(tx) || c.converted(x.Y, tx))}}
	case *ast.CallExpr:
		return c.arguments(x)
	case *ast.CompositeLit:
		t := c.info.TypeOf(x)
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem() // &T{} without its name, in a slice
		}
		for i, e := range x.Elts {
			kv, isKV := e.(*ast.KeyValueExpr)
			if isKV {
				e = kv.Value
			}
			to := c.info.TypeOf(e)
			switch u := core(t).(type) {
			case interface{ Elem() types.Type }: // a slice or an array
				to = u.Elem()
			case *types.Struct:
				if isKV {
					to = c.info.TypeOf(kv.Key)
				} else {
					to = u.Field(i).Type()
				}
			}
			all = append(all, operand{x: e, address: c.converted(e, to)})
		}
	case *ast.TypeAssertExpr:
		return []operand{{x: x.X}}
	}
	return all
}

func (c *coroutine) arguments(x *ast.CallExpr) []operand {
	if to := c.info.Types[x.Fun]; to.IsType() {
		return []operand{{x: x.Args[0], address: c.converted(x.Args[0], to.Type)}}
	}
	sig, ok := core(c.info.TypeOf(x.Fun)).(*types.Signature)
	return append([]operand{{x: x.Fun}}, c.assigned(x.Args, func(i int) types.Type {
		if !ok || c.builtin(x) != "" {
			return nil
		}
		if last := sig.Params().Len() - 1; sig.Variadic() && i >= last && !x.Ellipsis.IsValid() {
			return sig.Params().At(last).Type().Underlying().(*types.Slice).Elem()
		}
		return sig.Params().At(i).Type()
	})...)
}

// assigned returns expressions as operands that are assigned to variables of some types.
func (c *coroutine) assigned(xs []ast.Expr, to func(i int) types.Type) (all []operand) {
	for i, x := range xs {
		all = append(all, operand{x: x, address: c.converted(x, to(i))})
	}
	return all
}

// spill evaluates now what the compiler copies when it comes to it, and keeps that.
func (c *coroutine) spill(o operand) {
	x := ast.Unparen(o.x)
	tv := c.info.Types[x]
	if _, done := c.replaced[x]; done || tv.Value != nil || tv.IsType() || tv.IsNil() || tv.IsBuiltin() {
		return
	}
	if _, isFunc := x.(*ast.FuncLit); isFunc {
		return
	}
	if c.early(x) || o.address && !c.addressable(x) {
		c.keep(x)
		return
	}
	for _, o := range c.operands(x) {
		c.spill(o)
	}
}

// early reports whether the compiler copies the value of x.
func (c *coroutine) early(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.CallExpr:
		if to := c.info.Types[x.Fun]; to.IsType() {
			_, isSlice := core(to.Type).(*types.Slice)
			return isSlice && isString(c.info.TypeOf(x.Args[0]))
		}
		switch c.builtin(x) {
		case "Add", "Slice", "String", "SliceData", "StringData", "Sizeof", "Alignof", "Offsetof":
			return false
		}
		return true
	case *ast.UnaryExpr:
		return x.Op == token.ARROW
	case *ast.BinaryExpr:
		return x.Op == token.LAND || x.Op == token.LOR
	case *ast.SliceExpr:
		return true
	case *ast.TypeAssertExpr:
		return !direct(c.info.TypeOf(x)) && !c.parameterised(c.info.TypeOf(x))
	case *ast.CompositeLit:
		_, ok := core(c.info.TypeOf(x)).(*types.Map)
		return ok && len(x.Elts) > 0
	case *ast.IndexExpr:
		_, ok := core(c.info.TypeOf(x.X)).(*types.Map)
		conv, isCall := ast.Unparen(x.Index).(*ast.CallExpr)
		return ok && isCall && c.info.Types[conv.Fun].IsType() && isString(c.info.TypeOf(conv)) && !isString(c.info.TypeOf(conv.Args[0]))
	}
	return false
}

// keep evaluates x now.
func (c *coroutine) keep(x ast.Expr) {
	t := c.temp("tmp", c.info.TypeOf(x))
	value := code{c.node(x)}
	if lit, ok := x.(*ast.CompositeLit); ok && lit.Type == nil {
		elem := t.typ
		if p, ok := elem.Underlying().(*types.Pointer); ok {
			elem = p.Elem()
			value = append(code{"&"}, c.typeText(x.Pos(), elem), value)
		} else {
			value = append(code{c.typeText(x.Pos(), elem)}, value...)
		}
	}
	c.inits[t] = x
	c.then(set{t, value, true})
	c.put(x, t)
}

// put has the value of a temporary stand in the place of x.
func (c *coroutine) put(x ast.Expr, v *variable) {
	c.replaced[ast.Unparen(x)] = v
	c.edit(x.Pos(), x.End(), v)
}

// mapEntries has the waits in a map's literal done: all before the last of them is inserted before.
func (c *coroutine) mapEntries(x *ast.CompositeLit) {
	var xs []operand
	for _, e := range x.Elts {
		kv := e.(*ast.KeyValueExpr)
		xs = append(xs, c.operands(&ast.IndexExpr{X: x, Index: kv.Key})[1], operand{x: kv.Value})
	}
	for i := range c.last(xs) &^ 1 {
		xs[i].kept = true
	}
	c.sequence(xs...)
}

// hold keeps x, unless it is a constant or kept already.
func (c *coroutine) hold(x ast.Expr) {
	tv := c.info.Types[x]
	if _, done := c.replaced[ast.Unparen(x)]; !done && tv.Value == nil && !tv.IsNil() {
		c.keep(x)
	}
}

// logical desugars x && y and x || y where y has a wait.
func (c *coroutine) logical(x *ast.BinaryExpr) {
	t := c.temp("cond", c.info.TypeOf(x))
	c.prepare(x.X)
	c.then(set{t, code{c.node(x.X)}, true})
	done := c.label(x.OpPos, "after "+x.Op.String())
	not := "!"
	if x.Op == token.LOR {
		not = ""
	}
	c.leaveIf(code{not, t}, done)
	c.prepare(x.Y)
	c.then(set{t, code{c.node(x.Y)}, true})
	c.then(done)
	c.put(x, t)
}

// await makes the future that a wait waits for, and begins the step that polls it. to are
// the variables that get the results, if anybody wants them, and start those that are new.
func (c *coroutine) await(call *ast.CallExpr, to [2]*variable, start [2]bool) {
	c.prepare(call.Args[1])
	c.then(wait{call, code{c.node(call.Args[1])}, to, start, c.lead(c.label(call.Pos(), "")), 0})
}
