package corofy

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
)

// Types and constants that a function declares move out of it, with a new name where theirs is taken, if methods of a struct
// have to know them: those of the function around the coroutine, and of the body those that several steps mention, or a field.

func (c *coroutine) moveTypes() {
	for _, obj := range slices.SortedFunc(maps.Keys(c.decls), func(a, b types.Object) int { return cmp.Compare(a.Pos(), b.Pos()) }) {
		d := c.decls[obj]
		if !c.flat[d] || c.moved[d] {
			continue
		}
		homes, shadows := 0, false
		for _, b := range c.blocks {
			if b.names[obj.Name()][obj] {
				homes++
				shadows = shadows || len(b.names[obj.Name()]) > 1
			}
		}
		if homes > 1 || shadows {
			c.move(d, obj)
		}
	}
}

// move has a declaration stand outside of the function, for the sake of obj.
func (c *coroutine) move(d *ast.GenDecl, obj types.Object) {
	if c.moved[d] {
		return
	}
	c.moved[d] = true
	c.edit(d.Pos(), d.End(), "")
	for _, id := range c.within(d.Pos(), d.End()) {
		if def := c.info.Defs[id.Ident]; def != nil && c.decls[def] == d && !id.member {
			c.newName(def, d)
		}
		use := c.info.Uses[id.Ident]
		if use == nil || use.Pkg() != c.pkg || use.Parent() == nil || use.Parent() == c.pkg.Scope() || id.member && c.info.Defs[id.Ident] == nil {
			continue
		}
		what := id.Name
		switch use.(type) {
		case *types.PkgName:
			continue
		case *types.Var:
			what = "a variable, " + what
		}
		if other := c.decls[use]; other != nil {
			c.move(other, use)
			if c.info.Defs[id.Ident] != nil && c.renamed[use] != "" { // embedded: it is a field's name, too
				c.reject(id.Pos(), "an embedded type, %s, that has to get another name", use.Name())
			}
		} else if own := d.Pos() <= use.Pos() && use.Pos() < d.End(); !own && !(isTypeParam(use.Type()) && d.Tok == token.TYPE) {
			c.reject(id.Pos(), "a type or a constant, %s, which depends on %s, and which a coroutine's frame must know", obj.Name(), what)
		}
	}
}

// newName gives what moves another name: a type only if something else has its own, since programs can print it.
func (c *coroutine) newName(obj types.Object, d *ast.GenDecl) {
	name := obj.Name()
	if types.Universe.Lookup(name) != nil && d.Tok == token.CONST {
		c.reject(obj.Pos(), "a constant with a name of Go's own, %s, which a coroutine's steps must know", name)
	}
	_, other := c.fileScope().LookupParent(name, token.NoPos)
	alone := d.Tok == token.TYPE && other == nil && !c.locals[name] && !c.outside[name] && name != c.future
	for _, id := range c.within(c.decl.Pos(), c.decl.End()) {
		alone = alone && (id.Name != name || id.obj == obj || id.member || c.isOwn(obj))
	}
	if !alone {
		name = c.fresh(camel([]string{c.around(c.decl), name}))
		c.renamed[obj] = name
	}
	if d.Tok == token.TYPE && c.params != nil { // it is another type for each of the function's
		c.renamed[obj] = name + c.args
		c.generics[obj] = code{name, c.params}
		t, isNamed := obj.Type().(*types.Named)
		if !isNamed || t.TypeParams().Len() > 0 {
			c.reject(obj.Pos(), "an alias or a generic type in a generic function, %s, which a coroutine's frame must know", obj.Name())
		}
	}
	c.outside[name] = true
}
