package corofy

import (
	"go/ast"
	"go/types"
)

// Questions about types, as the language sees them, and as its compiler does.

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

func isString(t types.Type) bool {
	b, ok := core(t).(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

// composed reports whether the compiler compares a t by its address.
func composed(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Struct, *types.Array:
		return true
	}
	return false
}

// direct reports whether a t is a pointer, which an interface holds as it is.
func direct(t types.Type) bool {
	switch u := sole(t).Underlying().(type) {
	case *types.Pointer, *types.Chan, *types.Map, *types.Signature:
		return true
	case *types.Basic:
		return u.Kind() == types.UnsafePointer
	}
	return false
}

// converted reports whether the compiler makes an interface of x by its address, where x is assigned to a variable of
// type to. It does so for all types except numbers of some sizes, strings and slices.
func (c *coroutine) converted(x ast.Expr, to types.Type) bool {
	tv := c.info.Types[x]
	if to == nil || tv.Type == nil || tv.IsNil() || !types.IsInterface(to) || isTypeParam(to) || types.IsInterface(tv.Type) || c.parameterised(tv.Type) {
		return false
	}
	_, isTuple := tv.Type.(*types.Tuple)
	if _, isSlice := sole(tv.Type).Underlying().(*types.Slice); isTuple || isSlice || isString(sole(tv.Type)) {
		return false
	}
	size, align := sizes.Sizeof(tv.Type), sizes.Alignof(tv.Type)
	return !(size == 2 && align == 2 || (size == 4 || size == 8) && align == size && !holds(tv.Type))
}

func isTypeParam(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.TypeParam)
	return ok
}

// sole returns the only part of a struct or an array that has no other.
func sole(t types.Type) types.Type {
	switch u := t.Underlying().(type) {
	case *types.Struct:
		if u.NumFields() == 1 {
			return sole(u.Field(0).Type())
		}
	case *types.Array:
		if u.Len() == 1 {
			return sole(u.Elem())
		}
	}
	return t
}

// slow reports whether the keys of a map are passed by their address.
func (c *coroutine) slow(m *types.Map) bool {
	if c.parameterised(m) {
		return false
	}
	switch u := m.Key().Underlying().(type) {
	case *types.Basic:
		if u.Info()&(types.IsFloat|types.IsComplex) != 0 {
			return true
		} else if u.Info()&types.IsString != 0 {
			return sizes.Sizeof(m.Elem()) > 128
		}
	case *types.Interface:
		return true
	}
	n := sizes.Sizeof(m.Key())
	return n != 4 && n != 8 || sizes.Sizeof(m.Elem()) > 128
}

// addressable reports whether x is a variable, or a part of one, for the compiler.
func (c *coroutine) addressable(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		_, ok := c.info.ObjectOf(x).(*types.Var)
		return ok
	case *ast.StarExpr:
		return true
	case *ast.SelectorExpr:
		s := c.info.Selections[x]
		if s == nil {
			_, ok := c.info.Uses[x.Sel].(*types.Var)
			return ok
		}
		return s.Kind() == types.FieldVal && (s.Indirect() || c.addressable(x.X))
	case *ast.IndexExpr:
		switch core(c.info.TypeOf(x.X)).(type) {
		case *types.Slice, *types.Pointer:
			return true
		case *types.Array:
			return c.addressable(x.X)
		}
	}
	return false
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
