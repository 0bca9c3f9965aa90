package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A variable is one that has to be thought about: of the body itself, if it isn't inside
// of a statement that is copied as a whole, or of the function around it.
type variable struct {
	obj    types.Object
	kind   kind
	field  string          // of the struct; "" for a local one
	local  string          // its name in Poll, if it is local; or that of a copy for functions inside
	box    bool            // it is captured by a function inside, or has its address taken
	always bool            // a field in any case
	typ    string          // if the type isn't obj's
	home   map[*state]bool // where it is mentioned
}

// A kind says where a variable lives.
type kind int

const (
	local    kind = iota // in Poll: it is gone when Poll returns
	framed               // a field: it lives across a wait
	boxed                // a field that points to it: somebody else may, too
	captured             // of the function around, and never changes: a field with a copy
	shared               // of the function around, and may change: a field that points to it
)

// add makes obj a variable of the coroutine.
func (c *coroutine) add(obj types.Object) *variable {
	if v := c.vars[obj]; v != nil || obj == nil {
		return v
	}
	v := &variable{obj: obj, box: c.addressed[obj] || c.closed[obj], home: map[*state]bool{}}
	c.vars[obj] = v
	c.order = append(c.order, v)
	return v
}

// hidden makes a variable that the source doesn't have.
func (c *coroutine) hidden(name string, t types.Type) *variable {
	if c.final {
		c.nHidden++
		return c.hiddens[c.nHidden-1]
	}
	v := c.add(types.NewVar(c.call.Pos(), c.pkg, name, types.Default(t)))
	v.always = true
	c.hiddens = append(c.hiddens, v)
	return v
}

// uses looks at all mentions of variables, in the body and in the function around it.
func (c *coroutine) uses(d ast.Decl) {
	c.written, c.addressed, c.closed = map[types.Object]bool{}, map[types.Object]bool{}, map[types.Object]bool{}
	c.vars, c.pure = map[types.Object]*variable{}, map[*ast.Ident]bool{}
	ast.Inspect(d, func(n ast.Node) bool { c.changes(n); return true })
	ast.PreorderStack(c.lit.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := c.info.ObjectOf(id)
		switch {
		case obj == nil || obj.Pkg() != c.pkg || obj.Parent() == nil || obj.Parent() == c.pkg.Scope() || obj == c.co:
		case isTypeParam(obj), isPkgName(obj):
		case obj.Pos() < c.lit.Pos() || obj.Pos() >= c.lit.End():
			c.capture(id, obj)
		case inFunc(stack):
			c.closed[obj] = true
		}
		return true
	})
	if results := c.lit.Type.Results.List; len(results[0].Names) > 0 {
		for _, f := range results {
			for _, id := range f.Names {
				obj := c.info.Defs[id]
				if id.Name == "_" { // it can't be mentioned
					obj = types.NewVar(id.Pos(), c.pkg, "result", c.info.TypeOf(f.Type))
				}
				v := c.add(obj)
				v.always = true
				c.results = append(c.results, v)
			}
		}
	}
	c.flat(c.lit.Body.List)
}

// capture makes a variable of the function around the coroutine one of the struct's.
func (c *coroutine) capture(id *ast.Ident, obj types.Object) {
	if _, ok := obj.(*types.Var); !ok {
		c.reject(id.Pos(), "%s, which is no variable and is declared in the function around the coroutine", id.Name)
		return
	}
	v := c.add(obj)
	v.kind = captured
	if c.written[obj] || c.addressed[obj] {
		v.kind = shared
	}
}

// changes notes who is written to, and whose address is taken.
func (c *coroutine) changes(n ast.Node) {
	write := func(x ast.Expr) {
		if id, ok := ast.Unparen(x).(*ast.Ident); ok && c.info.Defs[id] != nil {
			return // a declaration
		}
		c.written[c.root(x)] = true
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, x := range n.Lhs {
			write(x)
			if id, ok := ast.Unparen(x).(*ast.Ident); ok && (n.Tok == token.ASSIGN || n.Tok == token.DEFINE) {
				c.pure[id] = true
			}
		}
	case *ast.IncDecStmt:
		write(n.X)
	case *ast.RangeStmt:
		for _, x := range []ast.Expr{n.Key, n.Value} {
			if id, ok := x.(*ast.Ident); ok {
				c.pure[id] = true
			}
			if x != nil {
				write(x)
			}
		}
	case *ast.FuncType: // a return sets a named result
		if n.Results != nil {
			for _, f := range n.Results.List {
				for _, id := range f.Names {
					c.written[c.info.Defs[id]] = true
				}
			}
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			c.addressed[c.root(n.X)] = true
		}
	case *ast.SliceExpr:
		if isArray(c.info.TypeOf(n.X)) {
			c.addressed[c.root(n.X)] = true
		}
	case *ast.SelectorExpr: // x.Method, which means (&x).Method
		s := c.info.Selections[n]
		if s == nil || s.Kind() != types.MethodVal || s.Indirect() {
			return
		}
		if recv := s.Obj().Type().(*types.Signature).Recv(); recv != nil && isPointer(recv.Type()) && !isPointer(s.Recv()) {
			c.addressed[c.root(n.X)] = true
		}
	}
}

// settle decides where every variable lives, when a first pass of lowering has shown where
// each is mentioned. One that is alive where a step begins has to be in the struct.
func (c *coroutine) settle() {
	c.liveness()
	crosses := map[*variable]bool{}
	for _, s := range c.states {
		for v := range s.live {
			crosses[v] = true
		}
	}
	c.moveTypes()
	for _, v := range c.order {
		switch {
		case v.kind == captured || v.kind == shared:
		case v.box && (v.always || crosses[v] || len(v.home) > 1):
			v.kind = boxed
		case v.always || crosses[v] || !c.startsEverywhere(v):
			v.kind = framed
		}
		name, in := v.obj.Name(), v.home
		if v.kind != local {
			v.field, in = c.fieldName(name), nil
		}
		// What corofy writes beside it uses the names of package future and of Go's own.
		if v.local = name; !c.alone(v, in) || name == c.future || types.Universe.Lookup(name) != nil || isTypeName(c.pkg.Scope().Lookup(name)) {
			v.local = c.fresh(name)
		}
		if v.kind == local {
			continue
		}
		typ := v.typ
		if typ == "" {
			typ = c.typeText(v.obj.Pos(), v.obj.Type())
		}
		if v.kind == boxed || v.kind == shared {
			typ = "*" + typ
		}
		c.fields = append(c.fields, field{v.field, typ, ""})
	}
}

// startsEverywhere reports whether v is declared, or set by a wait, in every step that mentions it,
// before anything else is done with it.
func (c *coroutine) startsEverywhere(v *variable) bool {
	for s := range v.home {
		i := slices.IndexFunc(s.events, func(e event) bool { return e.of == v })
		if s.events[i].what != starts {
			return false
		}
	}
	return true
}

// alone reports whether the name of v means nothing else in some steps, or in any.
func (c *coroutine) alone(v *variable, in map[*state]bool) bool {
	for _, s := range c.states {
		if in != nil && !in[s] {
			continue
		}
		for obj := range s.names[v.obj.Name()] {
			if obj != v.obj {
				return false
			}
		}
	}
	return true
}
