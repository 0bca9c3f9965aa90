package corofy

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// imports finds package future, and collects the names that are taken: by this file, and at package level by all that is in the
// folder, for whatever system or test.
func (r *rewriter) imports() error {
	pkg := r.done[r.futurePath()]
	for _, spec := range r.file.Imports {
		obj := r.info.PkgNameOf(spec)
		if obj == nil || obj.Imported() != pkg {
			continue
		}
		if r.future != "" {
			r.reject(spec.Pos(), "an import of %s with two names", pkg.Path())
		}
		if r.future, r.dot = obj.Name(), obj.Name() == "."; r.dot {
			r.future = "future"
			r.edit(spec.Name.Pos(), spec.Name.End(), "")
		}
	}
	if r.future != "" {
		r.async, r.wait = pkg.Scope().Lookup("Async"), pkg.Scope().Lookup("Wait")
	}
	if r.async == nil || r.wait == nil {
		return fmt.Errorf("%s:1:1: corofy: doesn't import %s", r.fset.File(r.file.Pos()).Name(), r.futurePath())
	}
	ast.Inspect(r.file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			r.taken[id.Name] = true
		}
		return true
	})
	r.neighbours()
	if r.dot && r.taken[r.future] {
		r.reject(r.file.Name.Pos(), "an import of %s without a name, beside something else that is called %s", r.futurePath(), r.future)
	}
	for _, name := range always {
		r.std(name)
	}
	r.self, r.state, r.zero, r.failedName = r.fresh("c"), r.fresh("state"), r.fresh("zero"), r.fresh("failed")
	r.defers, r.loop = r.fresh("defers"), r.fresh("poll")
	poll, _, _ := types.LookupFieldOrMethod(pkg.Scope().Lookup("Future").Type(), false, pkg, "Poll")
	if params := poll.Type().(*types.Signature).Params(); params.Len() > 0 {
		r.pollWith = r.fresh(cmp.Or(params.At(0).Name(), "with"))
		c := &coroutine{rewriter: r, inTypes: map[string]bool{}}
		r.poll = r.pollWith + " " + c.text(c.typeText(r.file.Name.Pos(), params.At(0).Type()))
	}
	return nil
}

// always are names of Go's own that every struct needs.
var always = []string{"int", "error", "nil", "panic", "recover"}

// std returns a name of Go's own, and refuses the file if it means something else there.
func (r *rewriter) std(name string) string {
	if _, obj := r.fileScope().LookupParent(name, token.NoPos); obj.Parent() != types.Universe {
		r.reject(obj.Pos(), "%s, a name of Go's own, for something else", name)
	}
	return name
}

func (r *rewriter) fileScope() *types.Scope { return r.info.Scopes[r.file] }

// neighbours collects names from the other files of the folder. These are names at package level, imports, and, in files
// for corofy, types and constants of functions, which may move out of them.
func (r *rewriter) neighbours() {
	names, _ := filepath.Glob(filepath.Join(r.root.Dir, "*.go"))
	for _, name := range names {
		base := filepath.Base(name)
		if base == r.name || strings.HasSuffix(base, "_corofied.go") {
			continue
		}
		file, _ := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution|parser.ParseComments)
		if file == nil {
			continue
		}
		for _, spec := range file.Imports {
			r.locals[path.Base(strings.Trim(spec.Path.Value, "`\""))] = true
			if spec.Name != nil {
				r.locals[spec.Name.Name] = true
			}
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					r.taken[d.Name.Name] = true
				}
				r.structs = append(r.structs, camel(r.words(d)))
			case *ast.GenDecl:
				r.declares(d, r.taken)
			}
		}
		if line, _ := tagLine(file); line != nil {
			ast.Inspect(file, func(n ast.Node) bool {
				if s, ok := n.(*ast.DeclStmt); ok {
					r.declares(s.Decl.(*ast.GenDecl), r.locals)
				}
				return true
			})
		}
	}
	for _, d := range r.file.Decls {
		r.structs = append(r.structs, camel(r.words(d)))
	}
}

func (r *rewriter) declares(d *ast.GenDecl, in map[string]bool) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			in[spec.Name.Name] = true
		case *ast.ValueSpec:
			for _, id := range spec.Names {
				in[id.Name] = true
			}
		}
	}
}

// fresh returns a name that nothing here has, and takes it.
func (r *rewriter) fresh(name string) string {
	got := name
	for i := 2; r.taken[got] || token.IsKeyword(got) || types.Universe.Lookup(got) != nil; i++ {
		got = fmt.Sprint(name, i)
	}
	r.taken[got] = true
	return got
}

// words returns what the struct of a coroutine in d is named after: the function, after its receiver, or the variable.
func (r *rewriter) words(d ast.Decl) (words []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil {
			ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && len(words) == 0 {
					words = []string{id.Name}
				}
				return true
			})
		}
		return append(words, d.Name.Name)
	case *ast.GenDecl:
		if len(d.Specs) > 0 {
			if v, ok := d.Specs[0].(*ast.ValueSpec); ok {
				return []string{v.Names[0].Name}
			}
		}
	}
	return []string{"_"}
}

// around returns a name for the declaration around the coroutine: recvMethod of a
// method. All files of the package have their structs side by side, so where several
// may have the same, the file's name is added.
func (r *rewriter) around(d ast.Decl) string {
	words := r.words(d)
	name, n := camel(words), 0
	for _, other := range r.structs {
		if other == name {
			n++
		}
	}
	if n > 1 || name == "init" || name == "_" {
		base := strings.TrimSuffix(r.name, ".go")
		words = append(words, strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return '_'
		}, base))
	}
	return camel(words)
}

func camel(words []string) (name string) {
	for i, word := range words {
		first, size := utf8.DecodeRuneInString(word)
		if first = unicode.ToUpper(first); i == 0 {
			first = unicode.ToLower(first)
		}
		name += string(first) + word[size:]
	}
	return name
}

// typeParams gives the struct the type parameters of the function around it.
func (c *coroutine) typeParams() {
	if c.fn == nil {
		return
	}
	sig := c.info.Defs[c.fn.Name].Type().(*types.Signature)
	list := sig.TypeParams()
	if list.Len() == 0 {
		list = sig.RecvTypeParams()
	}
	params, args := code{}, ""
	for p := range list.TypeParams() {
		name := p.Obj().Name()
		if name == "_" { // only a receiver's can be
			if c.renamed[p.Obj()] == "" {
				c.renamed[p.Obj()] = c.fresh("T")
			}
			name = c.renamed[p.Obj()]
		}
		if slices.Contains(append(always, "len", "new", "true", c.future), name) {
			c.reject(p.Obj().Pos(), "%s, a name of Go's own, for something else", name)
		}
		params = append(params, name+" ", c.typeText(c.fn.Pos(), p.Constraint()), ", ")
		args += ", " + name
	}
	if len(params) > 0 {
		c.params, c.args = code{"[", params, "]"} /* [P *T] would be an array without the comma */, "["+args[2:]+"]"
	}
}

// nameIn returns the name that a package has in this file; if it has none it is imported.
func (r *rewriter) nameIn(p *types.Package) string {
	if name := r.imported[p.Path()]; name != "" {
		return name
	}
	if p == r.async.Pkg() {
		return r.future
	}
	for _, name := range r.fileScope().Names() {
		if pkg, ok := r.fileScope().Lookup(name).(*types.PkgName); ok && pkg.Imported() == p {
			return name
		}
	}
	if before, _, found := strings.Cut("/"+p.Path()+"/", "/internal/"); found && !strings.HasPrefix("/"+r.pkg.Path()+"/", before+"/") {
		return ""
	}
	r.imported[p.Path()] = r.fresh(p.Name())
	return r.imported[p.Path()]
}
