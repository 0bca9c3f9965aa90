package corofy

import (
	"go/ast"
	"go/build"
	"go/token"
	"go/types"
	"path/filepath"
	"runtime"
	"strings"
)

// typeOf returns how the type of a variable is written: as the source has it, if that is to be seen.
func (c *coroutine) typeOf(v *variable) code {
	pos, from := c.call.Pos(), c.inits[v]
	if v.obj != nil {
		pos, from = v.obj.Pos(), c.inits[v.obj]
	}
	for _, x := range []ast.Expr{c.writes[v.obj], c.typeIn(from)} {
		if x != nil && types.Identical(c.info.TypeOf(x), v.typ) {
			return c.typeAt(x)
		}
	}
	if from != nil && dependent(v.typ) {
		if what := c.differs(from); what != "" {
			c.reject(pos, "%s, whose type is inferred from %s, which may depend on the system: write its type", v.name, what)
		}
	}
	return c.typeText(pos, v.typ)
}

// typeIn returns the type that x is written with: T in T{…}, T(…) and make(T).
func (c *coroutine) typeIn(x ast.Expr) ast.Expr {
	switch x := x.(type) {
	case *ast.CompositeLit:
		return x.Type
	case *ast.CallExpr:
		if c.info.Types[x.Fun].IsType() {
			return ast.Unparen(x.Fun)
		}
		if c.builtin(x) == "make" {
			return x.Args[0]
		}
	}
	return nil
}

// typeAt returns a type with the lengths of its arrays as the source has them: they may depend on the system.
func (c *coroutine) typeAt(x ast.Expr) code {
	asItIs := computed(x)
	ast.Inspect(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && asItIs {
			obj := c.info.Uses[id]
			switch obj := obj.(type) {
			case *types.PkgName:
				c.inTypes[id.Name] = true
			case *types.Var:
				asItIs = obj.IsField()
			}
			if d := c.decls[obj]; d != nil {
				c.move(d, obj)
			}
		}
		return true
	})
	if asItIs {
		return code{c.node(x)}
	}
	return c.typeText(x.Pos(), c.info.TypeOf(x))
}

// computed reports whether x has the type of an array in it, with a length that isn't a number.
func computed(x ast.Expr) (found bool) {
	if x == nil {
		return false
	}
	dots := false
	ast.Inspect(x, func(n ast.Node) bool {
		if a, ok := n.(*ast.ArrayType); ok && a.Len != nil {
			_, isLit := a.Len.(*ast.BasicLit)
			_, isDots := a.Len.(*ast.Ellipsis)
			found, dots = found || !isLit, dots || isDots
		}
		return true
	})
	return found && !dots
}

// differs returns what a variable's type is inferred from, if that may be another type on another system: its field would
// have the type that it has here. Else it returns "".
func (c *coroutine) differs(from ast.Expr) (what string) {
	ast.Inspect(from, func(n ast.Node) bool {
		id, _ := n.(*ast.Ident)
		obj, isVar := c.info.Uses[id].(*types.Var)
		if isVar && (computed(c.writes[obj]) || computed(c.inits[obj]) || (obj.IsField() || obj.Parent() == obj.Pkg().Scope()) && c.ofOneSystem(obj.Pos())) {
			what = id.Name
		}
		return true
	})
	return what
}

// dependent reports whether t is written with a number's type, which may be another elsewhere.
func dependent(t types.Type) bool {
	switch t := t.(type) {
	case *types.Basic:
		return t.Info()&types.IsNumeric != 0
	case *types.Array:
		return true
	case interface{ Elem() types.Type }:
		return dependent(t.Elem())
	}
	return false
}

// ofOneSystem reports whether the file of pos is only for some systems.
func (r *rewriter) ofOneSystem(pos token.Pos) bool {
	name := r.fset.PositionFor(pos, false).Filename
	if rest, ok := strings.CutPrefix(name, "$GOROOT"); ok {
		name = build.Default.GOROOT + rest
	}
	for _, system := range []string{"linux/amd64", "linux/386", "windows/amd64", "darwin/arm64", "freebsd/arm", runtime.GOOS + "/" + runtime.GOARCH} {
		context := build.Default
		context.GOOS, context.GOARCH, _ = strings.Cut(system, "/")
		context.BuildTags, context.CgoEnabled = []string{"stackful"}, false
		if ok, err := context.MatchFile(filepath.Split(name)); err == nil && !ok {
			return true
		}
	}
	return false
}
