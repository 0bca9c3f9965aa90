package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// variables is what is known of the variables of one coroutine.
type variables struct {
	written   map[types.Object]token.Pos // assigned to, other than in its declaration
	addressed map[types.Object]token.Pos // its address is taken, also by a method
	pure      map[*ast.Ident]bool        // mentions that only assign

	mentioned, read map[use]bool
	across          map[use]bool               // has been refused
	split           map[types.Object]token.Pos // several steps have one of its name
	closed          map[types.Object]bool      // captured by a function inside
}

type use struct {
	of   types.Object
	step int
}

// variables finds out where every variable of the body lives. One of the function
// around it becomes a field: a copy, which is right as long as nobody sets the variable again,
// so that is refused. One of the body's own has to live and die within one step. A wait that
// assigns to it begins another life, as if it were another variable.
func (c *coroutine) variables(d ast.Decl) {
	v := &c.vars
	*v = variables{written: map[types.Object]token.Pos{}, addressed: map[types.Object]token.Pos{}, pure: map[*ast.Ident]bool{},
		mentioned: map[use]bool{}, read: map[use]bool{}, across: map[use]bool{}, split: map[types.Object]token.Pos{}, closed: map[types.Object]bool{}}
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
		default:
			c.local(id, obj, inFunc(stack))
		}
		return true
	})
	for obj, pos := range v.split {
		if _, addressed := v.addressed[obj]; addressed || v.closed[obj] {
			c.untilFrames(pos, "%s, which a function captures or whose address is taken: a wait that sets it again", obj.Name())
		}
	}
	for _, w := range c.waits {
		c.assigned(w.value, c.waitType(w))
		c.assigned(w.err, types.Universe.Lookup("error").Type())
		if w.value != nil && w.err != nil && w.value.Name == w.err.Name && w.err.Name != "_" {
			c.reject(w.err.Pos(), "a wait that sets %s twice", w.err.Name)
		}
	}
}

func isTypeParam(obj types.Object) bool {
	_, ok := obj.Type().(*types.TypeParam)
	_, isType := obj.(*types.TypeName)
	return ok && isType
}

func isPkgName(obj types.Object) bool {
	_, ok := obj.(*types.PkgName)
	return ok
}

// capture makes a variable of the function around the coroutine a field.
func (c *coroutine) capture(id *ast.Ident, obj types.Object) {
	if _, ok := obj.(*types.Var); !ok {
		c.reject(id.Pos(), "%s, which is no variable and is declared in the function around the coroutine", id.Name)
		return
	}
	if pos, ok := c.vars.written[obj]; ok {
		c.untilFrames(id.Pos(), "%s is captured, and line %d sets it again", id.Name, c.line(pos))
	} else if pos, ok := c.vars.addressed[obj]; ok {
		c.untilFrames(id.Pos(), "%s is captured, and line %d takes its address", id.Name, c.line(pos))
	}
	if !slices.ContainsFunc(c.fields, func(f field) bool { return f.of == obj }) {
		c.fields = append(c.fields, field{of: obj})
	}
}

// local looks at a mention of what the body itself declares.
func (c *coroutine) local(id *ast.Ident, obj types.Object, nested bool) {
	v := &c.vars
	if nested {
		v.closed[obj] = true
	}
	home, at := c.step(obj.Pos()), c.step(id.Pos())
	for _, w := range c.waits {
		if id == w.value || id == w.err {
			if at != home {
				v.split[obj] = id.Pos()
			}
			return
		}
	}
	v.mentioned[use{obj, at}] = true
	if !v.pure[id] && c.info.Defs[id] == nil {
		v.read[use{obj, at}] = true
	}
	if at != home && !c.sets(c.waits[at-1], obj) && !v.across[use{obj, at}] {
		v.across[use{obj, at}] = true
		c.untilFrames(id.Pos(), "%s lives across the wait in line %d", id.Name, c.line(c.waits[at-1].stmt.Pos()))
	}
}

func (c *coroutine) sets(w *wait, obj types.Object) bool {
	return w.value != nil && c.info.ObjectOf(w.value) == obj || w.err != nil && c.info.ObjectOf(w.err) == obj
}

// assigned looks at a variable that a wait assigns a value of type t to.
func (c *coroutine) assigned(id *ast.Ident, t types.Type) {
	if id == nil || id.Name == "_" {
		return
	}
	obj := c.info.ObjectOf(id)
	switch {
	case id.Name == c.future || id.Name == "nil":
		c.reject(id.Pos(), "a wait that sets a variable with the name %s", id.Name)
	case obj.Pkg() != c.pkg || obj.Parent() == c.pkg.Scope():
		c.untilFrames(id.Pos(), "%s is no variable of the coroutine's own: a wait that sets it", id.Name)
	case !types.Identical(obj.Type(), t):
		c.untilFrames(id.Pos(), "%s has type %v: a wait that sets it to a value of type %v", id.Name, c.typeName(obj.Type()), c.typeName(t))
	}
}

// changes notes who is written to, and whose address is taken.
func (c *coroutine) changes(n ast.Node) {
	v := &c.vars
	write := func(x ast.Expr) {
		if id, ok := ast.Unparen(x).(*ast.Ident); ok && c.info.Defs[id] != nil {
			return // a declaration
		}
		v.note(v.written, c.root(x), x)
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, x := range n.Lhs {
			write(x)
			if id, ok := ast.Unparen(x).(*ast.Ident); ok && (n.Tok == token.ASSIGN || n.Tok == token.DEFINE) {
				v.pure[id] = true
			}
		}
	case *ast.IncDecStmt:
		write(n.X)
	case *ast.RangeStmt:
		for _, x := range []ast.Expr{n.Key, n.Value} {
			if id, ok := x.(*ast.Ident); ok {
				v.pure[id] = true
			}
			if x != nil {
				write(x)
			}
		}
	case *ast.FuncType: // a return sets a named result
		if n.Results != nil {
			for _, f := range n.Results.List {
				for _, id := range f.Names {
					v.note(v.written, c.info.Defs[id], n)
				}
			}
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			v.note(v.addressed, c.root(n.X), n)
		}
	case *ast.SliceExpr:
		if isArray(c.info.TypeOf(n.X)) {
			v.note(v.addressed, c.root(n.X), n)
		}
	case *ast.SelectorExpr: // x.Method, which means (&x).Method
		s := c.info.Selections[n]
		if s == nil || s.Kind() != types.MethodVal || s.Indirect() {
			return
		}
		if recv := s.Obj().Type().(*types.Signature).Recv(); recv != nil && isPointer(recv.Type()) && !isPointer(s.Recv()) {
			v.note(v.addressed, c.root(n.X), n)
		}
	}
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// isArray reports whether elements of a t are part of it, also if that depends on a
// type argument.
func isArray(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Array, *types.Interface:
		return true
	}
	return false
}

func (v *variables) note(in map[types.Object]token.Pos, obj types.Object, n ast.Node) {
	if obj != nil && in[obj] == token.NoPos {
		in[obj] = n.Pos()
	}
}

// root returns the variable that x is, or is a part of: v in v, v.f and v[i] of an array.
func (c *coroutine) root(x ast.Expr) types.Object {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return c.info.ObjectOf(x)
	case *ast.SelectorExpr:
		if s := c.info.Selections[x]; s != nil && s.Kind() == types.FieldVal && !s.Indirect() {
			return c.root(x.X)
		}
	case *ast.IndexExpr:
		if isArray(c.info.TypeOf(x.X)) {
			return c.root(x.X)
		}
	}
	return nil
}

// unread returns the variables that step n has and nobody reads in it, in the order of
// their names. Go refuses those. byWait are those that the wait before the step sets.
func (c *coroutine) unread(n int, byWait bool) (names []string) {
	for obj := range c.vars.split {
		u := use{obj, n}
		set := n > 0 && c.sets(c.waits[n-1], obj)
		has := c.step(obj.Pos()) == n || set
		if _, isVar := obj.(*types.Var); isVar && set == byWait && has && !c.vars.read[u] && (!set || c.vars.mentioned[u]) {
			names = append(names, obj.Name())
		}
	}
	slices.Sort(names)
	return names
}

func (r *rewriter) typeName(t types.Type) string {
	return types.TypeString(t, types.RelativeTo(r.pkg))
}

func (r *rewriter) line(pos token.Pos) int { return r.fset.Position(pos).Line }
