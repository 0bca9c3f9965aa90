package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// initOrder refuses a file whose variables Go would set in another order. That
// order depends on the names that the variables' values mention, also within functions
// that they call, but not within the methods of a struct. So once a coroutine is a
// struct, a variable that only it mentions may be set after a call that needs it.
func (r *rewriter) initOrder(written *types.Info) {
	place := map[int]int{}
	for i, n := range initOrder(written) {
		place[n] = i
	}
	was := initOrder(r.info)
	for i, n := range was {
		if !r.calls(r.info.InitOrder[i].Rhs) {
			continue
		}
		for k, m := range was[:i] {
			if place[m] > place[n] {
				if !r.touch { // try again
					r.touch = true
					return
				}
				r.reject(r.info.InitOrder[i].Lhs[0].Pos(), "%s, whose value may depend on %s, which only a coroutine mentions",
					r.info.InitOrder[i].Lhs[0].Name(), r.info.InitOrder[k].Lhs[0].Name())
			}
		}
	}
}

// initOrder returns the variables in the order in which they are set, each as its
// number in the order of the source.
func initOrder(info *types.Info) (order []int) {
	var all []token.Pos
	for _, v := range info.InitOrder {
		all = append(all, v.Lhs[0].Pos())
	}
	sorted := slices.Sorted(slices.Values(all))
	for _, pos := range all {
		i, _ := slices.BinarySearch(sorted, pos)
		order = append(order, i)
	}
	return order
}

// calls reports whether the value of x needs more than what it consists of.
func (r *rewriter) calls(x ast.Expr) (found bool) {
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			fun := r.info.Types[n.Fun]
			found = found || !fun.IsType() && !fun.IsBuiltin() && r.callee(n) != r.async
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		case *ast.FuncLit:
			return false
		}
		return !found
	})
	return found
}

// fileOrder: what happens before main also depends on the order of the files. That
// of the output must be where that of the source was.
func (r *rewriter) fileOrder() {
	last := strings.TrimSuffix(r.name, ".go") + "_corofied.go"
	for _, other := range r.root.GoFiles {
		if other <= r.name || other >= last {
			continue
		}
		for _, d := range r.file.Decls {
			if initialises(d) {
				r.reject(d.Pos(), "something that happens before main, here and maybe in %s: the order would be another", other)
				return
			}
		}
	}
}

func initialises(d ast.Decl) bool {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Recv == nil && d.Name.Name == "init"
	case *ast.GenDecl:
		return d.Tok == token.VAR && slices.ContainsFunc(d.Specs, func(s ast.Spec) bool { return len(s.(*ast.ValueSpec).Values) > 0 })
	}
	return false
}
