package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
)

// A transform makes coroutines of the functions of a file that somebody else wrote, and puts waits into them.
type transform struct {
	seed  uint64
	fset  *token.FileSet
	info  *types.Info
	file  *ast.File
	src   []byte
	only  func(name string) bool // which functions
	edits []realEdit
	rand  *rand.Rand
	names []string // of the functions that are coroutines now
}

type realEdit struct {
	at   int
	text string
	cut  int // bytes that go
}

// run returns the new text of the file; "" if there is nothing to do.
func (t *transform) run() string {
	for _, d := range t.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !t.fits(f) {
			continue
		}
		name := f.Name.Name
		if f.Recv != nil {
			name = fmt.Sprint(t.text(f.Recv.List[0].Type), ".", name)
		} else if name == "init" || name == "_" {
			name = fmt.Sprint(name, t.fset.Position(f.Pos()).Line)
		}
		if !t.only(name) {
			continue
		}
		h := fnv.New64a()
		h.Write([]byte(name))
		t.rand = rand.New(rand.NewPCG(t.seed, h.Sum64()))
		t.names = append(t.names, name)
		t.function(f)
	}
	if len(t.names) == 0 {
		return ""
	}
	t.insert(t.file.Name.End(), `; import futcoro "m/future"; import rtcoro "m/rt"`)
	slices.SortStableFunc(t.edits, func(a, b realEdit) int { return a.at - b.at })
	var out strings.Builder
	out.WriteString(tag + "\n\n")
	at := 0
	for _, e := range t.edits {
		out.Write(t.src[at:e.at])
		out.WriteString(e.text)
		at = e.at + e.cut
	}
	out.Write(t.src[at:])
	return out.String()
}

func (t *transform) offset(p token.Pos) int { return t.fset.PositionFor(p, false).Offset }
func (t *transform) text(n ast.Node) string {
	return string(t.src[t.offset(n.Pos()):t.offset(n.End())])
}
func (t *transform) insert(p token.Pos, text string) {
	t.edits = append(t.edits, realEdit{at: t.offset(p), text: text})
}

// within calls f for each node of a function's body that is no part of a function inside.
func within(body ast.Node, f func(n ast.Node) bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		return n == nil || f(n)
	})
}

// fits reports whether a coroutine can do what a function does.
func (t *transform) fits(f *ast.FuncDecl) bool {
	if f.Body == nil || len(f.Body.List) == 0 || f.Doc != nil && strings.Contains(t.text(f.Doc), "//go:") {
		return false
	}
	results := t.results(f)
	if len(results) > 4 {
		return false
	}
	named := map[string]bool{}
	for _, r := range results {
		if named[r[0]] = r[0] != ""; r[0] == "_" && len(results) > 1 {
			return false
		}
	}
	ok := true
	within(f.Body, func(n ast.Node) bool {
		if id, isIdent := n.(*ast.Ident); isIdent {
			obj := t.info.Uses[id]
			if b, isBuiltin := obj.(*types.Builtin); isBuiltin && b.Name() == "recover" {
				ok = false
			}
			if def := t.info.Defs[id]; def != nil && len(results) > 1 && named[id.Name] {
				ok = false // it hides the result
			}
		}
		return true
	})
	ast.Inspect(f.Body, func(n ast.Node) bool { // stacks differ
		if s, isSel := n.(*ast.SelectorExpr); isSel && (strings.HasPrefix(s.Sel.Name, "Caller") || s.Sel.Name == "Stack" || s.Sel.Name == "Goexit" || s.Sel.Name == "AllocsPerRun" || s.Sel.Name == "ReadMemStats") {
			ok = false
		}
		return ok
	})
	return ok
}

// results returns the name and the type of each result.
func (t *transform) results(f *ast.FuncDecl) (all [][2]string) {
	if f.Type.Results == nil {
		return nil
	}
	for _, field := range f.Type.Results.List {
		if len(field.Names) == 0 {
			all = append(all, [2]string{"", t.text(field.Type)})
		}
		for _, name := range field.Names {
			all = append(all, [2]string{name.Name, t.text(field.Type)})
		}
	}
	return all
}

func (t *transform) function(f *ast.FuncDecl) {
	results := t.results(f)
	var names, typs []string
	for _, r := range results {
		names, typs = append(names, r[0]), append(typs, r[1])
	}
	n := len(results)
	args := "[" + strings.Join(typs, ", ") + "]"
	begin, result, end := "rtcoro.Run(", "int, error", "\n})"
	before, behind := func(r *ast.ReturnStmt) {}, func(r *ast.ReturnStmt) { t.insert(r.End(), " 0, nil") }
	switch {
	case n == 0:
		end = "\nreturn 0, nil" + end + ") "
	case n == 1:
		begin, result, end = "return rtcoro.Run(", typs[0]+", error", end+") "
		if names[0] != "" {
			result = names[0] + " " + typs[0] + ", _ error"
		}
		behind = func(r *ast.ReturnStmt) {
			if len(r.Results) > 0 {
				t.insert(r.End(), ", nil")
			}
		}
	case names[0] == "":
		begin, result, end = "return rtcoro.Run(", fmt.Sprintf("rtcoro.T%d%s, error", n, args), end+").Get() "
		before = func(r *ast.ReturnStmt) {
			t.insert(r.Results[0].Pos(), fmt.Sprintf("rtcoro.Mk%d%s(", n, args))
		}
		behind = func(r *ast.ReturnStmt) { t.insert(r.End(), "), nil") }
	default: // the results are variables of the function around
		end += "); return "
		before = func(r *ast.ReturnStmt) {
			if len(r.Results) > 0 {
				at := t.offset(r.Pos())
				t.edits = append(t.edits, realEdit{at: at, text: "{ " + strings.Join(names, ", ") + " = ", cut: t.offset(r.Results[0].Pos()) - at})
			}
		}
		behind = func(r *ast.ReturnStmt) {
			if len(r.Results) > 0 {
				t.insert(r.End(), "; return 0, nil }")
				return
			}
			t.insert(r.End(), " 0, nil")
		}
	}
	t.insert(f.Body.Lbrace+1, " "+begin+"futcoro.Async(func(coro *futcoro.Co) ("+result+") {\n")
	// Where several edits are at one place their order is that of these lines.
	t.stmts(f.Body, before)
	within(f.Body, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok {
			behind(r)
		}
		return true
	})
	t.insert(f.Body.Rbrace, end)
}

const realWait = "futcoro.Wait(coro, rtcoro.L("

// stmts puts waits between statements, and into them.
func (t *transform) stmts(body *ast.BlockStmt, returns func(r *ast.ReturnStmt)) {
	fixed := map[ast.Expr]bool{} // what has to stay as it is, while its operands needn't
	lhs := func(list ...ast.Expr) {
		for _, e := range list {
			for e != nil && !fixed[e] {
				fixed[e] = true
				switch x := e.(type) {
				case *ast.ParenExpr:
					e = x.X
				default:
					e = nil
				}
			}
		}
	}
	between := func(list []ast.Stmt) {
		for _, s := range list {
			switch s.(type) {
			case *ast.EmptyStmt, *ast.CaseClause, *ast.CommClause:
				continue
			}
			if t.rand.IntN(6) == 0 {
				t.insert(s.Pos(), realWait+"0)); ")
			}
		}
	}
	within(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GenDecl:
			return n.Tok == token.VAR
		case *ast.ValueSpec:
			if len(n.Names) > 1 && len(n.Values) == 1 {
				lhs(n.Values[0])
			}
			if n.Type != nil {
				fixed[n.Type] = true
			}
		case *ast.ReturnStmt:
			returns(n)
		case *ast.BlockStmt:
			between(n.List)
		case *ast.CaseClause:
			between(n.Body)
		case *ast.CommClause:
			between(n.Body)
			switch c := n.Comm.(type) {
			case *ast.ExprStmt:
				lhs(c.X)
			case *ast.AssignStmt:
				lhs(c.Rhs...)
			}
		case *ast.AssignStmt:
			lhs(n.Lhs...)
			if len(n.Lhs) > 1 && len(n.Rhs) == 1 {
				lhs(n.Rhs...)
			}
		case *ast.IncDecStmt:
			lhs(n.X)
		case *ast.RangeStmt:
			lhs(n.Key, n.Value)
		case *ast.ExprStmt:
			lhs(n.X)
		case *ast.GoStmt:
			fixed[n.Call] = true
		case *ast.DeferStmt:
			fixed[n.Call] = true
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				lhs(n.X)
			}
		case *ast.CallExpr:
			lhs(n.Fun)
		case *ast.SelectorExpr:
			if !t.info.Types[n.X].IsValue() || !indirect(t.info.TypeOf(n.X), true) {
				lhs(n.X)
			}
		case *ast.IndexExpr:
			if !indirect(t.info.TypeOf(n.X), false) {
				lhs(n.X)
			}
		case *ast.SliceExpr:
			if !indirect(t.info.TypeOf(n.X), false) {
				lhs(n.X)
			}
		case *ast.TypeSwitchStmt:
			switch a := n.Assign.(type) {
			case *ast.AssignStmt:
				lhs(a.Rhs...)
			case *ast.ExprStmt:
				lhs(a.X)
			}
		case *ast.CompositeLit:
			if n.Type == nil {
				fixed[n] = true
			}
			if _, isStruct := types.Unalias(t.info.TypeOf(n)).Underlying().(*types.Struct); isStruct {
				for _, e := range n.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						fixed[kv.Key] = true
					}
				}
			} else if _, isMap := types.Unalias(t.info.TypeOf(n)).Underlying().(*types.Map); !isMap {
				for _, e := range n.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						fixed[kv.Key] = true
					}
				}
			}
		case *ast.Ident:
			if _, instance := t.info.Instances[n]; instance {
				return false
			}
		}
		if e, ok := n.(ast.Expr); ok {
			tv, known := t.info.Types[e]
			if known && (tv.Value != nil || tv.IsType() || tv.IsNil()) {
				return false
			}
			if known && !fixed[e] && t.may(e, tv) && t.rand.IntN(5) == 0 {
				t.insert(e.Pos(), "rtcoro.V("+realWait)
				t.insert(e.End(), ")))")
			}
		}
		return true
	})
}

// indirect reports whether an operand of that type needn't be addressable.
func indirect(t types.Type, selector bool) bool {
	if t == nil {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return true
	case *types.Interface:
		_, param := types.Unalias(t).(*types.TypeParam)
		return selector && !param
	case *types.Slice, *types.Map:
		return !selector
	case *types.Basic:
		return !selector && u.Info()&types.IsString != 0
	}
	return false
}

// may reports whether an expression can be what a future is of.
func (t *transform) may(e ast.Expr, tv types.TypeAndValue) bool {
	if !tv.IsValue() {
		return false
	}
	switch typ := tv.Type.(type) {
	case *types.Tuple:
		return false
	case *types.Signature:
		if typ.TypeParams().Len() > 0 {
			return false
		}
	case *types.Basic:
		if typ.Info()&types.IsUntyped != 0 || typ.Kind() == types.UnsafePointer || typ.Kind() == types.Uintptr {
			return false
		}
	}
	switch e := e.(type) {
	case *ast.KeyValueExpr, *ast.Ellipsis:
		return false
	case *ast.BinaryExpr:
		if e.Op == token.SHL || e.Op == token.SHR {
			return t.info.Types[e.X].Value == nil && untypedFree(t.info, e.X)
		}
		switch e.Op {
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ, token.LAND, token.LOR:
			return tv.Type == types.Typ[types.Bool]
		}
		return untypedFree(t.info, e)
	case *ast.UnaryExpr:
		return (e.Op != token.NOT || tv.Type == types.Typ[types.Bool]) && untypedFree(t.info, e.X)
	case *ast.ParenExpr:
		return t.may(e.X, t.info.Types[e.X])
	}
	return true
}

// untypedFree reports whether the type of an expression doesn't come from what is around it.
func untypedFree(info *types.Info, e ast.Expr) bool {
	free := true
	ast.Inspect(e, func(n ast.Node) bool {
		if b, ok := n.(*ast.BinaryExpr); ok && (b.Op == token.SHL || b.Op == token.SHR) && info.Types[b.X].Value != nil {
			free = false
		}
		return free
	})
	return free
}
