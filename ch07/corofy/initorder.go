package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// initOrder returns the variables of a package in the order in which Go sets them, each as its number in the order of
// the source. That order depends on the names that the variables' values mention, also within functions that they
// call, but within methods of a struct only if something mentions these. So where it changes once a coroutine is a struct,
// what makes the struct mentions its method Poll.
func initOrder(info *types.Info) (order []int) {
	var all []token.Pos
	for _, v := range info.InitOrder {
		all = append(all, v.Lhs[0].Pos())
	}
	sorted := slices.Sorted(slices.Values(all))
	for _, pos := range all {
		order = append(order, slices.Index(sorted, pos))
	}
	return order
}

// fileOrder: what happens before main also depends on the order of the files. That
// of the output must be where that of the source was.
func (r *rewriter) fileOrder() {
	last := strings.TrimSuffix(r.name, ".go") + "_corofied.go"
	i := slices.IndexFunc(r.root.GoFiles, func(other string) bool { return r.name < other && other < last })
	for _, d := range r.file.Decls {
		if i >= 0 && initialises(d) {
			r.reject(d.Pos(), "something that happens before main, here and maybe in %s: the order would be another", r.root.GoFiles[i])
			return
		}
	}
}

func initialises(d ast.Decl) bool {
	if f, ok := d.(*ast.FuncDecl); ok {
		return f.Recv == nil && f.Name.Name == "init"
	}
	return slices.ContainsFunc(d.(*ast.GenDecl).Specs, func(s ast.Spec) bool {
		v, ok := s.(*ast.ValueSpec)
		return ok && d.(*ast.GenDecl).Tok == token.VAR && len(v.Values) > 0
	})
}
