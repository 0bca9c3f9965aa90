package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// statement edits what can't stay as it is in a statement that is copied as a whole: its own
// declarations, returns, defers, and branches that lead out of it.
func (c *coroutine) statement(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.AssignStmt:
		c.define(s)
	case *ast.DeclStmt:
		c.declare(s)
	}
	ast.PreorderStack(s, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			c.returned(n)
		case *ast.DeferStmt:
			c.deferred(n)
		case *ast.BranchStmt:
			c.branch(n, stack)
		}
		return true
	})
}

func (c *coroutine) replaceRange(pos, end token.Pos, text string) {
	c.edits = append(c.edits, edit{pos: pos, end: end, text: text})
}

func (c *coroutine) addAfter(pos token.Pos, text string) {
	c.edits = append(c.edits, edit{pos: pos, end: pos, after: true, text: text})
}

// define edits x, y := …, if not all of them are local variables of Poll's.
func (c *coroutine) define(s *ast.AssignStmt) {
	if s.Tok != token.DEFINE {
		return
	}
	all := true
	for _, x := range s.Lhs {
		if v := c.vars[c.info.ObjectOf(x.(*ast.Ident))]; v != nil && v.kind != local {
			all = false
		}
	}
	if all {
		return
	}
	first, _ := s.Lhs[0].(*ast.Ident)
	if v := c.vars[c.info.Defs[first]]; v != nil && v.kind == boxed && len(s.Lhs) == 1 && types.Identical(types.Default(c.info.TypeOf(s.Rhs[0])), v.obj.Type()) {
		c.replaceRange(s.Pos(), s.Rhs[0].Pos(), fmt.Sprintf("%s.%s = new(", c.self, v.field))
		c.addAfter(s.End(), ")")
		c.event(v, starts)
		return
	}
	prefix := ""
	for _, x := range s.Lhs {
		prefix += c.room(x.(*ast.Ident))
	}
	c.replaceRange(s.Pos(), s.Pos(), prefix)
	c.replaceRange(s.TokPos, s.TokPos+2, "=")
}

// room returns what makes room for a variable that is declared, before something is assigned to it.
func (c *coroutine) room(id *ast.Ident) string {
	v := c.vars[c.info.Defs[id]]
	if v == nil || id.Name == "_" {
		return ""
	}
	typ := c.typeText(id.Pos(), v.obj.Type())
	switch v.kind {
	case local:
		return fmt.Sprintf("var %s %s\n", v.local, typ)
	case boxed:
		return fmt.Sprintf("%s.%s = new(%s)\n", c.self, v.field, typ)
	}
	return ""
}

// declare edits var x, y T = …, in the same way.
func (c *coroutine) declare(s *ast.DeclStmt) {
	d := s.Decl.(*ast.GenDecl)
	c.cur.decls[d] = true
	all := true
	for _, id := range declares(s) {
		if v := c.vars[c.info.Defs[id]]; v != nil && v.kind != local {
			all = false
		}
	}
	if all || d.Tok != token.VAR {
		return
	}
	var b strings.Builder
	for _, comment := range c.commentsIn(d.Pos(), d.End()) {
		if !c.shown[comment] {
			c.shown[comment] = true
			fmt.Fprintln(&b, comment.Text)
		}
	}
	for _, spec := range d.Specs {
		c.spec(&b, spec.(*ast.ValueSpec))
	}
	c.replaceRange(s.Pos(), s.End(), b.String())
}

func (c *coroutine) spec(b *strings.Builder, spec *ast.ValueSpec) {
	var names []string
	for _, id := range spec.Names {
		v := c.vars[c.info.Defs[id]]
		if v != nil {
			c.event(v, starts)
		}
		b.WriteString(c.room(id))
		if len(spec.Values) == 0 && v != nil && v.kind == framed {
			fmt.Fprintf(b, "%s.%s = %s\n", c.self, v.field, zeroText(v.obj.Type(), c.typeText(id.Pos(), v.obj.Type())))
		}
		names = append(names, c.text(id.Pos(), id.End()))
	}
	if len(spec.Values) > 0 {
		c.copiesTo(b, spec.Values[0].Pos(), spec.Values[len(spec.Values)-1].End())
		fmt.Fprintf(b, "%s = %s\n", strings.Join(names, ", "), c.code(spec.Values[0].Pos(), spec.Values[len(spec.Values)-1].End()))
	}
}

// varDecl lowers a declaration with waits in its values.
func (c *coroutine) varDecl(s *ast.DeclStmt, d *ast.GenDecl) {
	var values []ast.Expr
	for _, spec := range d.Specs {
		values = append(values, spec.(*ast.ValueSpec).Values...)
	}
	if len(d.Specs) > 1 {
		c.reject(s.Pos(), "a wait in a declaration with several lines: write one for each")
	}
	c.simple(s, values...)
}

// returned edits a return. The frame is let go of when the results are known; where there are
// deferred calls that is after they have run.
func (c *coroutine) returned(s *ast.ReturnStmt) {
	var refs []string
	for _, v := range c.results {
		c.event(v, reads)
		refs = append(refs, c.ref(v, false))
	}
	results := strings.Join(refs, ", ")
	last := fmt.Sprintf("return %s.done(%s)", c.self, results)
	if c.hasDefers {
		last = "return " + results
	}
	keyword := s.Pos() + token.Pos(len("return"))
	switch {
	case len(s.Results) == 0:
		c.replaceRange(s.Pos(), keyword, last)
	case len(refs) > 0:
		c.assignResults(s, keyword, refs)
		c.addAfter(s.End(), "\n"+last)
	case !c.hasDefers:
		c.replaceRange(s.Pos(), keyword, fmt.Sprintf("return %s.done(", c.self))
		c.addAfter(s.End(), ")")
	}
}

// assignResults edits return x, y where the results have names, to an assignment. A result
// that is returned as it is needs none.
func (c *coroutine) assignResults(s *ast.ReturnStmt, keyword token.Pos, refs []string) {
	var changed []int
	for i, x := range s.Results {
		if id, ok := x.(*ast.Ident); !ok || c.vars[c.info.ObjectOf(id)] != c.results[i] || c.results[i] == nil {
			changed = append(changed, i)
		}
	}
	switch {
	case len(s.Results) == 1 || len(changed) == 2:
		c.replaceRange(s.Pos(), keyword, strings.Join(refs, ", ")+" =")
	case len(changed) == 0:
		c.replaceRange(s.Pos(), s.End(), "")
	case changed[0] == 0:
		c.replaceRange(s.Pos(), keyword, refs[0]+" =")
		c.replaceRange(s.Results[0].End(), s.End(), "")
	default:
		c.replaceRange(s.Pos(), s.Results[1].Pos(), refs[1]+" = ")
	}
}

// branch edits a break, continue or goto that means something outside of the statement around it.
func (c *coroutine) branch(b *ast.BranchStmt, stack []ast.Node) {
	if b.Tok == token.FALLTHROUGH {
		if !slices.ContainsFunc(stack, func(n ast.Node) bool { _, ok := n.(*ast.CaseClause); return ok }) {
			c.reject(b.Pos(), "a fallthrough with a label") // clauses sees to those without one
		}
		return
	}
	nested := false
	for _, n := range stack {
		switch n := n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			nested = true
			if b.Label == nil {
				return
			}
		case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			if b.Label == nil && b.Tok == token.BREAK {
				return
			}
		case *ast.LabeledStmt:
			if b.Label != nil && c.info.Defs[n.Label] == c.info.Uses[b.Label] {
				return
			}
		}
	}
	if to := c.destination(b, stack); to != nil {
		c.replaceRange(b.Pos(), b.End(), c.leave(to, nested))
	}
}

func (c *coroutine) destination(b *ast.BranchStmt, stack []ast.Node) *state {
	if b.Tok == token.GOTO {
		obj := c.info.Uses[b.Label]
		if len(stack) > 0 && obj.Pos() >= stack[0].Pos() && obj.Pos() < stack[0].End() {
			return nil // within the statement
		}
		return c.labelState(obj)
	}
	for i := len(c.targets) - 1; i >= 0; i-- {
		t := c.targets[i]
		switch {
		case b.Label != nil && c.info.Uses[b.Label] != t.label:
		case b.Tok == token.CONTINUE && t.continues != nil:
			return t.continues
		case b.Tok == token.BREAK:
			return t.breaks
		}
	}
	return nil
}

func (c *coroutine) labelState(obj types.Object) *state {
	if c.labels[obj] == nil {
		c.labels[obj] = c.newState("label " + obj.Name())
	}
	return c.labels[obj]
}

// labelled lowers a statement with a label, which is where a goto goes, or has a wait.
func (c *coroutine) labelled(s *ast.LabeledStmt) {
	obj := c.info.Defs[s.Label]
	if c.gotos[obj] {
		to := c.labelState(obj)
		c.jump(to)
		c.begin(to)
	}
	if !c.whole(s.Stmt) {
		c.stmt(s.Stmt, obj)
		return
	}
	from := s.Stmt.Pos()
	if c.branches(s.Stmt, obj) {
		from = s.Pos()
	}
	if from < s.Stmt.End() {
		c.statement(s.Stmt)
		c.copies(s.Pos(), s.End())
		c.own(c.code(from, s.End()))
		c.unread(s.Stmt)
		if c.terminates(s, nil) {
			c.mine = false
			c.cur = nil
		}
	}
}

// labelOf returns the label of a statement that is copied without its head, if it is needed.
func (c *coroutine) labelOf(s ast.Stmt, label types.Object) string {
	if label == nil || !c.branches(s, label) {
		return ""
	}
	return label.Name() + ":\n"
}

// branches reports whether a break or continue inside of s names a label.
func (c *coroutine) branches(s ast.Stmt, label types.Object) (found bool) {
	ast.Inspect(s, func(n ast.Node) bool {
		b, ok := n.(*ast.BranchStmt)
		found = found || ok && b.Tok != token.GOTO && b.Label != nil && c.info.Uses[b.Label] == label
		return true
	})
	return found
}
