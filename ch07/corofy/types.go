package corofy

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// typeText returns how t is written outside of the function. A package that the file doesn't import by a name is
// imported; a type that is declared in a function moves out of it.
func (c *coroutine) typeText(pos token.Pos, t types.Type) code {
	w := typeWriter{c: c, pos: pos}
	w.write(t)
	if w.wrong != "" {
		c.reject(pos, "type %s, which has no name outside of %s", types.TypeString(t, types.RelativeTo(c.pkg)), w.wrong)
	}
	return w.out
}

type typeWriter struct {
	c     *coroutine
	pos   token.Pos
	out   code
	wrong string
	dry   bool // look only: import and move nothing
	stays bool // a type that would have to move is wrong
}

func (w *typeWriter) add(parts ...any) { w.out = append(w.out, parts...) }

func (w *typeWriter) write(t types.Type) {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			w.named(types.Unsafe.Scope().Lookup("Pointer").(*types.TypeName), nil)
		} else {
			w.universe(t.Name())
		}
	case *types.Named:
		w.named(t.Obj(), t.TypeArgs())
	case *types.Alias:
		if t.Obj().Pkg() != nil && t.Obj().Pkg() != w.c.pkg && !t.Obj().Exported() {
			w.write(types.Unalias(t))
		} else {
			w.named(t.Obj(), t.TypeArgs())
		}
	case *types.TypeParam:
		w.add(ref{obj: t.Obj()})
		w.c.inTypes[t.Obj().Name()] = true
	case *types.Pointer:
		w.add("*")
		w.write(t.Elem())
	case *types.Slice:
		w.add("[]")
		w.write(t.Elem())
	case *types.Array:
		w.add(fmt.Sprintf("[%d]", t.Len()))
		w.write(t.Elem())
	case *types.Map:
		w.add("map[")
		w.write(t.Key())
		w.add("]")
		w.write(t.Elem())
	case *types.Chan:
		w.add([]string{"chan ", "chan<- ", "<-chan "}[t.Dir()])
		if inner, ok := t.Elem().(*types.Chan); ok && inner.Dir() == types.RecvOnly && t.Dir() != types.SendOnly {
			w.add("(")
			defer w.add(")")
		}
		w.write(t.Elem())
	case *types.Struct:
		w.structure(t)
	case *types.Signature:
		w.add("func")
		w.signature(t)
	case *types.Interface:
		w.iface(t)
	case *types.Union:
		for i := range t.Len() {
			if i > 0 {
				w.add(" | ")
			}
			if t.Term(i).Tilde() {
				w.add("~")
			}
			w.write(t.Term(i).Type())
		}
	default:
		w.wrong = "the type checker"
	}
}

// universe writes a name of Go's own.
func (w *typeWriter) universe(name string) {
	if w.c.pkg.Scope().Lookup(name) == nil && w.c.fileScope().Lookup(name) == nil {
		w.add(name)
	} else if name == "any" {
		w.add("interface{}")
	} else {
		w.wrong = "this package, where " + name + " is something else"
	}
}

func (w *typeWriter) named(obj *types.TypeName, args *types.TypeList) {
	c := w.c
	switch {
	case w.dry:
	case obj.Pkg() == nil:
		w.universe(obj.Name())
	case obj.Pkg() != c.pkg && !obj.Exported():
		w.wrong = "package " + obj.Pkg().Path()
	case obj.Pkg() != c.pkg:
		name := c.nameIn(obj.Pkg())
		if name == "" {
			w.wrong = "where it may be imported"
		}
		c.inTypes[name] = true
		w.add(name + "." + obj.Name())
	case obj.Parent() != c.pkg.Scope():
		if d := c.decls[obj]; d != nil && !w.stays {
			c.move(d, obj)
		} else {
			w.wrong = "its function"
		}
		fallthrough
	default:
		name, _, _ := strings.Cut(c.objText(obj), "[")
		c.inTypes[name] = true
		w.add(ref{obj: obj})
		if c.fileScope().Lookup(name) != nil {
			w.wrong = "this file, which imports something of that name"
		}
	}
	if args.Len() > 0 {
		w.add("[")
		for i := range args.Len() {
			if i > 0 {
				w.add(", ")
			}
			w.write(args.At(i))
		}
		w.add("]")
	}
}

func (w *typeWriter) structure(t *types.Struct) {
	w.add("struct{")
	for i := range t.NumFields() {
		f := t.Field(i)
		if i > 0 {
			w.add("; ")
		}
		if !f.Exported() && f.Pkg() != w.c.pkg {
			w.wrong = "package " + f.Pkg().Path()
		}
		if !f.Embedded() {
			w.add(f.Name() + " ")
		}
		w.write(f.Type())
		if tag := t.Tag(i); tag != "" {
			w.add(fmt.Sprintf(" %q", tag))
		}
	}
	w.add("}")
}

func (w *typeWriter) signature(t *types.Signature) {
	w.tuple(t.Params(), t.Variadic())
	switch t.Results().Len() {
	case 0:
	case 1:
		w.add(" ")
		w.write(t.Results().At(0).Type())
	default:
		w.add(" ")
		w.tuple(t.Results(), false)
	}
}

func (w *typeWriter) tuple(t *types.Tuple, variadic bool) {
	w.add("(")
	for i := range t.Len() {
		if i > 0 {
			w.add(", ")
		}
		typ := t.At(i).Type()
		if s, ok := typ.(*types.Slice); ok && variadic && i == t.Len()-1 {
			w.add("...")
			typ = s.Elem()
		}
		w.write(typ)
	}
	w.add(")")
}

func (w *typeWriter) iface(t *types.Interface) {
	if t.IsImplicit() && t.NumEmbeddeds() == 1 {
		w.write(t.EmbeddedType(0))
		return
	}
	w.add("interface{")
	for i := range t.NumExplicitMethods() {
		m := t.ExplicitMethod(i)
		if !m.Exported() && m.Pkg() != w.c.pkg {
			w.wrong = "package " + m.Pkg().Path()
		}
		w.add(m.Name())
		w.signature(m.Type().(*types.Signature))
		w.add("; ")
	}
	for i := range t.NumEmbeddeds() {
		w.write(t.EmbeddedType(i))
		w.add("; ")
	}
	w.add("}")
}

// zeroText returns the zero value of t.
func (c *coroutine) zeroText(t types.Type, text code) code {
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return code{"*new(", text, ")"}
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Info()&types.IsString != 0:
			return code{`""`}
		case u.Info()&types.IsBoolean != 0:
			return code{"false"}
		case u.Kind() == types.UnsafePointer, u.Kind() == types.UntypedNil:
			return code{"nil"}
		}
		return code{"0"}
	case *types.Struct, *types.Array:
		return code{text, "{}"}
	}
	return code{"nil"}
}

// parameterised reports whether t depends on a type parameter.
func (c *coroutine) parameterised(t types.Type) bool {
	w := typeWriter{c: &coroutine{rewriter: c.rewriter, inTypes: map[string]bool{}}, dry: true}
	if len(c.params) == 0 {
		return false
	}
	w.write(t)
	return slices.ContainsFunc(w.out, func(part any) bool {
		r, ok := part.(ref)
		if !ok {
			return false
		}
		_, isParam := r.obj.Type().(*types.TypeParam)
		return isParam
	})
}
