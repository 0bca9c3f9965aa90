package corofy

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// typeText returns how t is written outside of the function. That it means t there is
// looked up: the types of a function around the coroutine, for one, have no name there.
func (c *coroutine) typeText(pos token.Pos, t types.Type) string {
	text := types.TypeString(t, c.qualify)
	if c.namesLocal(t) {
		return text // the type moves out of the body, with its name
	}
	got, err := types.Eval(c.fset, c.pkg, c.at, text)
	if err != nil || !got.IsType() || !types.Identical(got.Type, t) {
		c.reject(pos, "type %s, which has no name outside of the function, or not in this file's imports", c.typeName(t))
	}
	return text
}

// namesLocal reports whether t mentions a type that the body declares.
func (c *coroutine) namesLocal(t types.Type) bool {
	for obj := range c.decls {
		if _, ok := obj.(*types.TypeName); ok && c.mentionsType(t, obj) {
			return true
		}
	}
	return false
}

// mentionsType reports whether t is written with the name of what.
func (c *coroutine) mentionsType(t types.Type, what types.Object) (found bool) {
	seen := map[types.Type]bool{}
	var walk func(t types.Type)
	walk = func(t types.Type) {
		if t == nil || seen[t] || found {
			return
		}
		seen[t] = true
		switch t := t.(type) {
		case *types.Named:
			found = found || t.Obj() == what
			for a := range t.TypeArgs().Types() {
				walk(a)
			}
		case *types.Alias:
			found = found || t.Obj() == what
		case *types.Pointer:
			walk(t.Elem())
		case *types.Slice:
			walk(t.Elem())
		case *types.Array:
			walk(t.Elem())
		case *types.Chan:
			walk(t.Elem())
		case *types.Map:
			walk(t.Key())
			walk(t.Elem())
		case *types.Struct:
			for f := range t.Fields() {
				walk(f.Type())
			}
		case *types.Tuple:
			for v := range t.Variables() {
				walk(v.Type())
			}
		case *types.Signature:
			walk(t.Params())
			walk(t.Results())
		case *types.Interface:
			for m := range t.ExplicitMethods() {
				walk(m.Type())
			}
		}
	}
	walk(t)
	return found
}

// zeroText returns the zero value of t.
func zeroText(t types.Type, text string) string {
	if _, ok := t.(*types.TypeParam); ok {
		return "*new(" + text + ")"
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Info()&types.IsString != 0:
			return `""`
		case u.Info()&types.IsBoolean != 0:
			return "false"
		case u.Kind() == types.UnsafePointer, u.Kind() == types.UntypedNil:
			return "nil"
		}
		return "0"
	case *types.Struct, *types.Array:
		return text + "{}"
	}
	return "nil"
}

// holds reports whether a value of type t keeps something alive.
func holds(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsString != 0 || u.Kind() == types.UnsafePointer
	case *types.Struct:
		for f := range u.Fields() {
			if holds(f.Type()) {
				return true
			}
		}
		return false
	case *types.Array:
		return u.Len() > 0 && holds(u.Elem())
	}
	return true
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

// core returns the underlying type of t: if t is a type parameter that of all its type arguments,
// or nil if they may have several.
func core(t types.Type) types.Type {
	if _, ok := types.Unalias(t).(*types.TypeParam); !ok {
		return t.Underlying()
	}
	constraint, ok := t.Underlying().(*types.Interface)
	for ok && constraint.NumEmbeddeds() == 1 && constraint.NumExplicitMethods() == 0 {
		t = constraint.EmbeddedType(0)
		if u, isUnion := t.(*types.Union); isUnion && u.Len() == 1 {
			t = u.Term(0).Type()
		} else if isUnion {
			return nil
		}
		if constraint, ok = t.Underlying().(*types.Interface); !ok {
			return t.Underlying()
		}
	}
	return nil
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

func (r *rewriter) typeName(t types.Type) string {
	return types.TypeString(t, types.RelativeTo(r.pkg))
}

func (r *rewriter) line(pos token.Pos) int { return r.fset.Position(pos).Line }

func isTypeParam(obj types.Object) bool {
	_, ok := obj.Type().(*types.TypeParam)
	_, isType := obj.(*types.TypeName)
	return ok && isType
}

func isTypeName(obj types.Object) bool {
	_, ok := obj.(*types.TypeName)
	return ok
}

func isPkgName(obj types.Object) bool {
	_, ok := obj.(*types.PkgName)
	return ok
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

// moveTypes has types that the body declares stand outside of the function: those that
// several steps mention, or a field of the struct.
func (c *coroutine) moveTypes() {
	for n := -1; n != len(c.moved); { // until no type that has moved mentions one that hasn't
		n = len(c.moved)
		c.moveMore()
	}
	slices.SortFunc(c.moved, func(a, b *ast.GenDecl) int { return cmp.Compare(a.Pos(), b.Pos()) })
}

func (c *coroutine) moveMore() {
	for obj, d := range c.decls {
		if _, isType := obj.(*types.TypeName); !isType {
			if c.renamed[obj] == "" && !c.unique(obj) {
				c.renamed[obj] = c.fresh(obj.Name())
			}
			continue
		}
		homes := 0
		for _, s := range c.states {
			if s.names[obj.Name()][obj] {
				homes++
			}
		}
		needed := homes > 1
		for _, v := range c.order {
			needed = needed || (v.always || v.box || len(v.home) > 1) && c.mentionsType(v.obj.Type(), obj)
		}
		for _, t := range c.futTypes {
			needed = needed || c.mentionsType(t, obj)
		}
		for _, m := range c.moved {
			ast.Inspect(m, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				needed = needed || ok && c.info.Uses[id] == obj
				return true
			})
		}
		if !needed || slices.Contains(c.moved, d) {
			continue
		}
		if !c.unique(obj) || c.pkg.Scope().Lookup(obj.Name()) != nil || types.Universe.Lookup(obj.Name()) != nil || c.taken[obj.Name()+" moved"] {
			c.reject(obj.Pos(), "a type in a coroutine, with the name of something else, %s", obj.Name())
		}
		c.taken[obj.Name()+" moved"] = true
		ast.Inspect(d, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if v := c.vars[c.info.Uses[id]]; v != nil {
					c.reject(id.Pos(), "a type in a coroutine that depends on a variable, %s", id.Name)
				} else if k := c.decls[c.info.Uses[id]]; k != nil && k.Tok == token.CONST {
					c.reject(id.Pos(), "a type in a coroutine that depends on a constant there, %s", id.Name)
				}
			}
			return true
		})
		c.moved = append(c.moved, d)
	}
}

// unique reports whether nothing else in the body has the name of obj.
func (c *coroutine) unique(obj types.Object) bool {
	for _, s := range c.states {
		for o := range s.names[obj.Name()] {
			if o != obj {
				return false
			}
		}
	}
	return true
}
