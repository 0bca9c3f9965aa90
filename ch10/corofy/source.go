package corofy

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"sort"
)

// code is text to be. Its parts are strings, pieces of the source, and what is only known when the
// passes are through: where a variable lives, which number a step has.
type code []any

type (
	// A span is the source from pos to end, with those of the first n edits that are inside.
	span struct {
		pos, end token.Pos
		n        int
	}
	// A rest is the comments from pos to end that have found no place.
	rest struct{ pos, end token.Pos }
	// A ref is a name of the source: a variable's value, or its address, or a type.
	ref struct {
		obj    types.Object
		addr   bool
		inside bool // of a function in the body
	}
	// A leave ends the step. Within a loop or the like of the source it is nested.
	leave struct {
		to     *label
		nested bool
	}
	// A late is code that depends on where variables live. Until that is known it is for those that live in Poll.
	late func() code
	// A raw is the source from pos to end without identifiers and edits.
	raw struct{ pos, end token.Pos }
)

// An edit replaces a piece of the source, and everything inside.
type edit struct {
	pos, end token.Pos
	n        int // how many were made before it
	code     code
}

// An ident is an identifier of the file, as it is used.
type ident struct {
	*ast.Ident
	obj    types.Object
	from   token.Pos // where it begins, with the & before it
	parent ast.Node
	lit    *ast.FuncLit // the body of a coroutine that it is in
	inside bool         // of a function in there
	member bool         // x in a.x, or in T{x: …}
	pure   bool         // it is only assigned to
}

// A source is what is rewritten, and how.
type source struct {
	src      []byte
	start    token.Pos
	edits    []edit // in the order in which they were made
	sorted   []edit
	idents   []*ident
	comments []*ast.Comment
	renamed  map[types.Object]string // what is called something else in the output
}

func (s *source) raw(pos, end token.Pos) string { return string(s.src[pos-s.start : end-s.start]) }

// lineAt returns what stands from pos to the end of its line.
func (s *source) lineAt(pos token.Pos) string {
	line, _, _ := bytes.Cut(s.src[pos-s.start:], []byte("\n"))
	return string(line)
}

func (s *source) span(pos, end token.Pos) span { return span{pos, end, len(s.edits)} }

func (s *source) node(n ast.Node) span { return s.span(n.Pos(), n.End()) }

func (s *source) edit(pos, end token.Pos, parts ...any) {
	s.edits = append(s.edits, edit{pos, end, len(s.edits), parts})
}

// visit calls f with the parts of c, in the order in which they will be written: strings, raws,
// idents, and those that aren't known yet.
func (s *source) visit(c code, f func(part any)) {
	for _, part := range c {
		switch part := part.(type) {
		case span:
			s.visitSpan(part, f)
		case code:
			s.visit(part, f)
		case late:
			s.visit(part(), f)
		default:
			f(part)
		}
	}
}

func (s *source) visitSpan(sp span, f func(any)) {
	if len(s.sorted) != len(s.edits) { // an edit that has others inside comes before them
		s.sorted = slices.SortedFunc(slices.Values(s.edits), func(a, b edit) int {
			return cmp.Or(cmp.Compare(a.pos, b.pos), cmp.Compare(b.end, a.end), cmp.Compare(b.n, a.n))
		})
	}
	at := sp.pos
	i := sort.Search(len(s.sorted), func(i int) bool { return s.sorted[i].pos >= sp.pos })
	for _, e := range s.sorted[i:] {
		if e.pos > sp.end {
			break
		}
		if e.n < sp.n && e.pos >= at && e.end <= sp.end {
			s.plain(at, e.pos, f)
			s.visit(e.code, f)
			at = e.end
		}
	}
	s.plain(at, sp.end, f)
}

func (s *source) plain(pos, end token.Pos, f func(any)) {
	for _, id := range s.within(pos, end) {
		if from := max(id.from, pos); from > pos {
			f(raw{pos, from})
		}
		f(id)
		pos = id.End()
	}
	if pos < end {
		f(raw{pos, end})
	}
}

// within returns the identifiers from pos to end.
func (s *source) within(pos, end token.Pos) []*ident { return between(s.idents, pos, end) }

// commentsIn returns the comments from pos to end.
func (s *source) commentsIn(pos, end token.Pos) []*ast.Comment { return between(s.comments, pos, end) }

func between[N ast.Node](all []N, pos, end token.Pos) []N {
	at := func(pos token.Pos) int {
		return sort.Search(len(all), func(i int) bool { return all[i].Pos() >= pos })
	}
	return all[at(pos):at(max(pos, end))]
}

// collect finds all identifiers and comments of a file. bodies are those of coroutines.
func (s *source) collect(file *ast.File, info *types.Info, bodies map[*ast.FuncLit]bool) {
	for _, group := range file.Comments {
		s.comments = append(s.comments, group.List...)
	}
	pure := map[ast.Expr]bool{}
	ast.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				pure[ast.Unparen(x)] = n.Tok == token.ASSIGN || n.Tok == token.DEFINE
			}
		case *ast.RangeStmt:
			pure[n.Key], pure[n.Value] = true, true
		case *ast.Ident:
			id := &ident{Ident: n, obj: info.ObjectOf(n), from: n.Pos(), parent: stack[len(stack)-1], pure: pure[n]}
			v, isVar := id.obj.(*types.Var)
			sel, isSel := id.parent.(*ast.SelectorExpr)
			id.member = isVar && v.IsField() || isSel && sel.Sel == n
			if u, ok := id.parent.(*ast.UnaryExpr); ok && u.Op == token.AND {
				id.from = u.Pos()
			}
			for _, n := range stack { // the innermost coroutine
				if lit, ok := n.(*ast.FuncLit); ok && bodies[lit] {
					id.lit, id.inside = lit, false
				} else if ok && id.lit != nil {
					id.inside = true
				}
			}
			s.idents = append(s.idents, id)
		}
		return true
	})
	slices.SortStableFunc(s.idents, func(a, b *ident) int { return cmp.Compare(a.Pos(), b.Pos()) })
}
