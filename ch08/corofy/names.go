package corofy

import (
	"go/ast"
	"go/types"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// around returns a name for the declaration around the coroutine: recvMethod of a
// method. All files of the package have their structs side by side, so where several
// may have the same, the file's name is added.
func (c *coroutine) around(d ast.Decl) string {
	var words []string
	if v, ok := d.(*ast.GenDecl); ok {
		words = []string{v.Specs[0].(*ast.ValueSpec).Names[0].Name}
	} else {
		recv := c.info.Defs[c.fn.Name].Type().(*types.Signature).Recv()
		if recv != nil {
			t := types.Unalias(recv.Type())
			if p, ok := t.(*types.Pointer); ok {
				t = types.Unalias(p.Elem())
			}
			words = []string{t.(*types.Named).Obj().Name()}
		}
		words = append(words, c.fn.Name.Name)
	}
	last, name := words[len(words)-1], camel(words)
	other := c.pkg.Scope().Lookup(name) // Get and get, or the method foo of t and tFoo
	if len(words) == 1 && last == "init" || last == "_" || other != nil && name != last {
		base, _, _ := strings.Cut(filepath.Base(c.fset.File(c.file.Pos()).Name()), ".")
		words = append(words, strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return '_'
		}, base))
	}
	return camel(words)
}

func camel(words []string) string {
	name := withFirst(unicode.ToLower, words[0])
	for _, word := range words[1:] {
		name += withFirst(unicode.ToUpper, word)
	}
	return name
}

func withFirst(change func(rune) rune, word string) string {
	first, size := utf8.DecodeRuneInString(word)
	return string(change(first)) + word[size:]
}

func (c *coroutine) resultType() types.Type {
	return c.info.TypeOf(c.lit).(*types.Signature).Results().At(0).Type()
}

// generic gives the struct the type parameters of the function around it.
func (c *coroutine) generic() {
	sig := c.info.Defs[c.fn.Name].Type().(*types.Signature)
	list := sig.TypeParams()
	if list.Len() == 0 {
		list = sig.RecvTypeParams()
	}
	var params, args []string
	for p := range list.TypeParams() {
		name := p.Obj().Name()
		constraint := types.TypeString(p.Constraint(), c.qualify)
		switch {
		case name == "_":
			c.reject(c.fn.Pos(), "a type parameter without a name, around a coroutine")
		case types.Universe.Lookup(name) != nil:
			c.reject(p.Obj().Pos(), "%s, a name of Go's own, for something else", name)
		case strings.Contains(constraint, notImported):
			c.reject(c.fn.Pos(), "a type parameter whose constraint %v isn't in this file's imports", c.typeName(p.Constraint()))
		}
		params, args = append(params, name+" "+constraint), append(args, name)
		c.typeParams = append(c.typeParams, p)
	}
	if len(params) > 0 {
		c.params, c.args = "["+strings.Join(params, ", ")+",]" /* [P *T] would be an array */, "["+strings.Join(args, ", ")+"]"
	}
}

const notImported = "not_imported"

// qualify returns the name that a package has in this file.
func (r *rewriter) qualify(p *types.Package) string {
	if p == r.pkg {
		return ""
	}
	for _, spec := range r.file.Imports {
		obj := r.info.Implicits[spec]
		if spec.Name != nil {
			obj = r.info.Defs[spec.Name]
		}
		if name, ok := obj.(*types.PkgName); ok && name.Imported() == p {
			return name.Name()
		}
	}
	return notImported
}
