package corofy

import (
	"fmt"
	"go/token"
	"go/types"
	"strings"
)

// typeText returns how t is written outside of the function. A package that the file doesn't import by a name is
// imported; a type that is declared in a function moves out of it.
func (c *coroutine) typeText(pos token.Pos, t types.Type) code {
	w := typeWriter{c: c}
	w.add(t)
	if w.wrong != "" {
		c.reject(pos, "type %s, which has no name outside of %s", types.TypeString(t, types.RelativeTo(c.pkg)), w.wrong)
	}
	return w.out
}

type typeWriter struct {
	c     *coroutine
	out   code
	wrong string // why the type can't be written
	dry   bool   // look only: import and move nothing
	param bool   // there is a type parameter in it
	stays bool   // a type that would have to move is wrong
}

// add adds types, and text between them.
func (w *typeWriter) add(parts ...any) {
	for _, part := range parts {
		switch t := part.(type) {
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
				w.add(types.Unalias(t))
			} else {
				w.named(t.Obj(), t.TypeArgs())
			}
		case *types.TypeParam:
			w.param, w.c.inTypes[t.Obj().Name()] = true, true
			w.add(ref{obj: t.Obj()})
		case *types.Pointer:
			w.add("*", t.Elem())
		case *types.Slice:
			w.add("[]", t.Elem())
		case *types.Array:
			w.add(fmt.Sprintf("[%d]", t.Len()), t.Elem())
		case *types.Map:
			w.add("map[", t.Key(), "]", t.Elem())
		case *types.Chan:
			w.add([]string{"chan ", "chan<- ", "<-chan "}[t.Dir()])
			if inner, ok := t.Elem().(*types.Chan); ok && inner.Dir() == types.RecvOnly {
				w.add("(", t.Elem(), ")")
			} else {
				w.add(t.Elem())
			}
		case *types.Struct:
			w.structure(t)
		case *types.Signature:
			w.add("func")
			w.signature(t)
		case *types.Interface:
			w.iface(t)
		case *types.Union:
			w.list(t.Len(), " | ", func(i int) {
				if t.Term(i).Tilde() {
					w.add("~")
				}
				w.add(t.Term(i).Type())
			})
		default:
			w.out = append(w.out, part)
		}
	}
}

// list adds n things.
func (w *typeWriter) list(n int, between string, each func(i int)) {
	for i := range n {
		if i > 0 {
			w.add(between)
		}
		each(i)
	}
}

// universe adds a name of Go's own.
func (w *typeWriter) universe(name string) {
	if _, obj := w.c.fileScope().LookupParent(name, token.NoPos); obj.Parent() == types.Universe {
		w.add(name)
	} else if name == "any" {
		w.add("interface{}")
	} else {
		w.wrong = "this package, where " + name + " is something else"
	}
}

// visible notes whether obj is one that other packages may not mention.
func (w *typeWriter) visible(obj types.Object) {
	if !obj.Exported() && obj.Pkg() != w.c.pkg {
		w.wrong = "package " + obj.Pkg().Path()
	}
}

func (w *typeWriter) named(obj *types.TypeName, args *types.TypeList) {
	c := w.c
	switch {
	case w.dry:
	case obj.Pkg() == nil:
		w.universe(obj.Name())
	case obj.Pkg() != c.pkg:
		if w.visible(obj); w.wrong != "" {
			return
		}
		name := c.nameIn(obj.Pkg())
		if name == "" {
			w.wrong = "where it may be imported"
		}
		c.inTypes[name] = true
		w.add(name + "." + obj.Name())
	default:
		if obj.Parent() != c.pkg.Scope() && (w.stays || c.decls[obj] == nil) {
			w.wrong = "its function"
		} else if d := c.decls[obj]; d != nil {
			c.move(d, obj)
		}
		name, _, _ := strings.Cut(c.objText(obj), "[")
		c.inTypes[name] = true
		w.add(ref{obj: obj})
		if c.fileScope().Lookup(name) != nil {
			w.wrong = "this file, which imports something of that name"
		}
	}
	if args.Len() > 0 {
		w.add("[")
		w.list(args.Len(), ", ", func(i int) { w.add(args.At(i)) })
		w.add("]")
	}
}

func (w *typeWriter) structure(t *types.Struct) {
	w.add("struct{")
	w.list(t.NumFields(), "; ", func(i int) {
		f := t.Field(i)
		w.visible(f)
		if !f.Embedded() {
			w.add(f.Name() + " ")
		}
		w.add(f.Type())
		if tag := t.Tag(i); tag != "" {
			w.add(fmt.Sprintf(" %q", tag))
		}
	})
	w.add("}")
}

func (w *typeWriter) signature(t *types.Signature) {
	w.tuple(t.Params(), t.Variadic())
	if t.Results().Len() > 0 {
		w.tuple(t.Results(), false)
	}
}

func (w *typeWriter) tuple(t *types.Tuple, variadic bool) {
	w.add("(")
	w.list(t.Len(), ", ", func(i int) {
		if s, ok := t.At(i).Type().(*types.Slice); ok && variadic && i == t.Len()-1 {
			w.add("...", s.Elem())
		} else {
			w.add(t.At(i).Type())
		}
	})
	w.add(")")
}

func (w *typeWriter) iface(t *types.Interface) {
	if t.IsImplicit() && t.NumEmbeddeds() == 1 {
		w.add(t.EmbeddedType(0))
		return
	}
	w.add("interface{")
	for m := range t.ExplicitMethods() {
		w.visible(m)
		w.add(m.Name())
		w.signature(m.Type().(*types.Signature))
		w.add("; ")
	}
	for e := range t.EmbeddedTypes() {
		w.add(e, "; ")
	}
	w.add("}")
}

// zero returns the zero value of v's type.
func (c *coroutine) zeroOf(v *variable) string {
	switch u := v.typ.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Info()&types.IsString != 0:
			return `""`
		case u.Info()&types.IsBoolean != 0:
			return "false"
		case u.Info()&types.IsNumeric != 0:
			return "0"
		}
	case *types.Struct, *types.Array:
		return c.text(c.typeOf(v)) + "{}"
	case *types.Interface:
		if isTypeParam(v.typ) {
			return "*new(" + c.text(c.typeOf(v)) + ")"
		}
	}
	return "nil"
}

// parameterised reports whether t depends on a type parameter.
func (c *coroutine) parameterised(t types.Type) bool {
	w := typeWriter{c: &coroutine{rewriter: c.rewriter, inTypes: map[string]bool{}}, dry: true}
	w.add(t)
	return w.param
}
