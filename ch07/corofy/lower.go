package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// lower makes the machine. It is done twice: the first time to see where each variable
// is mentioned, and the second time for good.
func (c *coroutine) lower() {
	c.machine = machine{before: c.states, labels: map[types.Object]*state{}, shown: map[*ast.Comment]bool{}}
	c.begin(c.newState(""))
	if c.final {
		c.references()
		for _, v := range c.results {
			if v.kind == boxed {
				c.gen("%s.%s = new(%s)", c.self, v.field, c.typeText(v.obj.Pos(), v.obj.Type()))
			}
		}
	}
	c.list(c.lit.Body.Lbrace+1, c.lit.Body.List, c.lit.Body.Rbrace)
}

// list lowers statements. What stands around them, from from to to, are comments.
func (c *coroutine) list(from token.Pos, list []ast.Stmt, to token.Pos) {
	for _, s := range list {
		if c.cur == nil { // nobody comes here, but Go wants it to compile
			c.begin(c.newState(c.note(s.Pos())))
		}
		end := c.lineEnd(s.End(), to)
		if c.whole(s) {
			c.statement(s)
			c.copies(s.Pos(), s.End())
			c.own(c.code(from, end))
			c.unread(s)
			c.rest(s.Pos(), end)
			if c.terminates(s, nil) {
				c.mine = false
				c.cur = nil
			}
		} else {
			c.own(c.code(from, s.Pos()))
			c.stmt(s, nil)
			if c.cur != nil && c.terminates(s, nil) {
				c.mine = false
				c.cur = nil
			}
			if c.cur != nil {
				c.own(c.code(s.End(), end))
			}
			c.rest(s.Pos(), end)
		}
		from = end
	}
	if c.cur != nil {
		c.own(c.code(from, to))
	}
	c.rest(from, to)
}

// lineEnd returns the end of a comment that stands behind a statement, in its line.
func (c *coroutine) lineEnd(end, to token.Pos) token.Pos {
	for _, group := range c.file.Comments {
		if first := group.List[0]; first.Pos() >= end && first.End() <= to && c.line(first.Pos()) == c.line(end) {
			return first.End()
		}
	}
	return end
}

// whole reports whether a statement is copied as it stands.
func (c *coroutine) whole(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.LabeledStmt:
		if c.gotos[c.info.Defs[s.Label]] {
			return false
		}
	case *ast.DeclStmt:
		if slices.Contains(c.moved, s.Decl.(*ast.GenDecl)) {
			return false
		}
	}
	return !c.split[s]
}

// note says where in the source a step begins.
func (c *coroutine) note(pos token.Pos) string {
	line := c.line(pos)
	f := c.fset.File(pos)
	start := f.LineStart(line)
	end := c.file.FileEnd
	if line < f.LineCount() {
		end = f.LineStart(line + 1)
	}
	return fmt.Sprintf("line %d: %s", line, strings.TrimSpace(strings.SplitN(strings.SplitN(c.raw(start, end), "//", 2)[0], "/*", 2)[0]))
}

// stmt lowers a statement that isn't copied as a whole.
func (c *coroutine) stmt(s ast.Stmt, label types.Object) {
	switch s := s.(type) {
	case *ast.BlockStmt:
		c.list(s.Lbrace+1, s.List, s.Rbrace)
	case *ast.LabeledStmt:
		c.labelled(s)
	case *ast.IfStmt:
		c.ifStmt(s)
	case *ast.ForStmt:
		c.forStmt(s, label)
	case *ast.RangeStmt:
		c.rangeStmt(s, label)
	case *ast.SwitchStmt:
		c.switchStmt(s, label)
	case *ast.TypeSwitchStmt:
		c.typeSwitch(s, label)
	case *ast.SelectStmt:
		c.selectStmt(s, label)
	case *ast.DeclStmt:
		d := s.Decl.(*ast.GenDecl)
		if d.Tok == token.VAR {
			c.varDecl(s, d)
			break
		}
		for _, comment := range c.commentsIn(d.Pos(), d.End()) {
			c.shown[comment] = true // the type has moved, with its comments
		}
	case *ast.AssignStmt:
		if !c.waited(s) {
			c.simple(s, append(append([]ast.Expr{}, s.Lhs...), s.Rhs...)...)
		}
	case *ast.ExprStmt:
		if call, ok := ast.Unparen(s.X).(*ast.CallExpr); ok && c.callee(call) == c.wait {
			blank := ast.NewIdent("_")
			c.await(call, blank, blank)
			return
		}
		c.simple(s, s.X)
	case *ast.SendStmt:
		c.simple(s, s.Chan, s.Value)
	case *ast.IncDecStmt:
		c.simple(s, s.X)
	case *ast.ReturnStmt:
		c.simple(s, s.Results...)
		c.mine = false
		c.cur = nil
	case *ast.GoStmt:
		c.simple(s, operands(s.Call)...)
	case *ast.DeferStmt:
		c.simple(s, operands(s.Call)...)
	default:
		c.reject(s.Pos(), "a wait in %T", s)
	}
}

// simple has the waits in a statement done, and then is what is left of it.
func (c *coroutine) simple(s ast.Stmt, xs ...ast.Expr) {
	c.sequence(xs...)
	c.statement(s)
	c.copies(s.Pos(), s.End())
	c.own(c.code(s.Pos(), s.End()))
	c.unread(s)
}

// one lowers a statement that stands in the head of another.
func (c *coroutine) one(s ast.Stmt) {
	if s != nil {
		c.list(s.Pos(), []ast.Stmt{s}, s.End())
	}
}

// waited lowers v, err := future.Wait(…): what is polled goes straight to where it belongs.
func (c *coroutine) waited(s *ast.AssignStmt) bool {
	if len(s.Lhs) != 2 || len(s.Rhs) != 1 {
		return false
	}
	call, ok := ast.Unparen(s.Rhs[0]).(*ast.CallExpr)
	value, ok1 := s.Lhs[0].(*ast.Ident)
	err, ok2 := s.Lhs[1].(*ast.Ident)
	if !ok || !ok1 || !ok2 || c.callee(call) != c.wait || value.Name == err.Name && err.Name != "_" {
		return false
	}
	t := c.info.TypeOf(call).(*types.Tuple)
	v, e := c.await(call, c.direct(value, t.At(0).Type()), c.direct(err, t.At(1).Type()))
	for i, got := range []string{v, e} {
		id := s.Lhs[i].(*ast.Ident)
		if c.direct(id, t.At(i).Type()) == nil {
			c.give(id, got)
		} else if v := c.vars[c.info.ObjectOf(id)]; got != "_" && !c.readHere(v) {
			c.gen("_ = %s", got)
		}
	}
	return true
}

// direct returns id if a poll can declare it: as nothing, or a local variable of type t.
func (c *coroutine) direct(id *ast.Ident, t types.Type) *ast.Ident {
	if id.Name == "_" {
		return id
	}
	v := c.vars[c.info.ObjectOf(id)]
	if v == nil || v.kind != local || !types.Identical(v.obj.Type(), t) || v.box && c.info.Defs[id] == nil {
		return nil
	}
	return id
}

// give assigns a value to what id names: if that is a declaration, to a new variable.
func (c *coroutine) give(id *ast.Ident, value string) {
	v := c.vars[c.info.ObjectOf(id)]
	if v == nil || c.info.Defs[id] == nil {
		c.mentions(id.Pos(), id.End())
		c.gen("%s = %s", c.text(id.Pos(), id.End()), value)
		return
	}
	c.start(v, value)
}

// start begins a variable's life with a value.
func (c *coroutine) start(v *variable, value string) {
	c.event(v, starts)
	switch {
	case v.kind == local && c.final && !c.mentionedHere(v):
	case v.kind == local:
		c.gen("%s := %s", v.local, value)
		if c.final && !c.readHere(v) {
			c.gen("_ = %s", v.local)
		}
	case v.kind == boxed:
		c.gen("%s.%s = new(%s)", c.self, v.field, value)
	default:
		c.gen("%s.%s = %s", c.self, v.field, value)
	}
}

// mentionedHere reports whether the current step does more with v than to start it.
func (c *coroutine) mentionedHere(v *variable) bool { return c.does(v, reads, writes) }

func (c *coroutine) readHere(v *variable) bool { return c.does(v, reads) }

func (c *coroutine) does(v *variable, whats ...what) bool {
	for _, e := range c.first(len(c.states) - 1).events {
		for _, w := range whats {
			if e.of == v && e.what == w {
				return true
			}
		}
	}
	return false
}

// unread uses the local variables that s declares, and that only other steps read. What s sets in
// any case is noted, too.
func (c *coroutine) unread(s ast.Stmt) {
	if a, ok := s.(*ast.AssignStmt); ok && a.Tok == token.ASSIGN {
		for _, x := range a.Lhs {
			if id, ok := x.(*ast.Ident); ok {
				if v := c.vars[c.info.Uses[id]]; v != nil && !v.box && v.kind != shared {
					c.event(v, starts)
				}
			}
		}
	}
	if !c.final || c.cur == nil {
		return
	}
	for _, id := range declares(s) {
		if v := c.vars[c.info.Defs[id]]; v != nil && v.kind == local && !c.readHere(v) {
			c.gen("_ = %s", v.local)
		}
	}
}

// declares returns the identifiers that a statement, but not one inside of it, may declare.
func declares(s ast.Stmt) (ids []*ast.Ident) {
	switch s := s.(type) {
	case *ast.AssignStmt:
		for _, x := range s.Lhs {
			if id, ok := x.(*ast.Ident); ok && s.Tok == token.DEFINE {
				ids = append(ids, id)
			}
		}
	case *ast.DeclStmt:
		for _, spec := range s.Decl.(*ast.GenDecl).Specs {
			if v, ok := spec.(*ast.ValueSpec); ok {
				ids = append(ids, v.Names...)
			}
		}
	}
	return ids
}
