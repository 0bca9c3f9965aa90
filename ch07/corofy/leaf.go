package corofy

import (
	"go/ast"
	"go/types"
	"maps"
)

// leaf returns the field for a future that the frame keeps itself, and not as an interface, so that the wait allocates
// nothing. This needs a package future with a type Movable, which marks the future's type. x, which makes the future, has to
// be a call of a function of that type's package, because only that package has promised that nobody else has the pointer.
// In all other cases the field has no type.
func (c *coroutine) leaf(x ast.Expr) (f field) {
	call, isCall := x.(*ast.CallExpr)
	scope := c.async.Pkg().Scope()
	t, marker := pointee(c.info.TypeOf(x)), scope.Lookup("Movable")
	if !isCall || t == nil || marker == nil || !marked(t, marker.Type()) {
		return f
	}
	fn, isFunc := c.callee(call).(*types.Func)
	if !isFunc || fn.Pkg() != t.Obj().Pkg() {
		return f
	}
	sig := fn.Origin().Signature()
	declared := pointee(sig.Results().At(0).Type()) // nil: it is a type parameter, and any function may have made x
	if declared == nil || declared.Origin() != t.Origin() || sig.Recv() != nil && types.IsInterface(sig.Recv().Type()) {
		return f
	}
	w, imported := typeWriter{c: c, stays: true}, maps.Clone(c.imported)
	if w.add(t); w.wrong != "" || c.differs(x) != "" || c.ofOneSystem(fn.Pos()) {
		c.imported = imported
		return f
	}
	text, dropper := c.text(w.out), scope.Lookup("Dropper").Type().Underlying().(*types.Interface)
	return field{typ: text, star: "*", zero: text + "{}", drops: types.Implements(types.NewPointer(t), dropper)}
}

// pointee returns the named type that t points to, or nil.
func pointee(t types.Type) *types.Named {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		n, _ := types.Unalias(p.Elem()).(*types.Named)
		return n
	}
	return nil
}

// marked reports whether t is a struct that has a field of type marker without a name, from the package of t.
func marked(t *types.Named, marker types.Type) bool {
	if s, ok := t.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			if f.Name() == "_" && types.Identical(f.Type(), marker) {
				return f.Pkg() == t.Obj().Pkg()
			}
		}
	}
	return false
}
