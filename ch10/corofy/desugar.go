package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// Pass 3, desugar: the statements of a body → a flat list of forms. A statement without a wait is copied as it stands. Of
// others only the waits remain, what has to happen before them, and jumps. In which order things are evaluated is
// decided here (order.go), and nowhere else.

func (c *coroutine) desugar() {
	for _, v := range c.results {
		if v.box {
			c.then(set{v, code{late(func() code { return code{c.zeroOf(v)} })}, true})
		}
	}
	c.list(c.lit.Body.Lbrace+1, c.lit.Body.List, c.lit.Body.Rbrace)
}

func (c *coroutine) then(f form) { c.forms = append(c.forms, f) }

// label returns a new label, for what comes at or after pos. Without a note its note is the source.
func (c *coroutine) label(pos token.Pos, note string) *label {
	line := c.line(pos)
	if note == "" {
		text, _, _ := strings.Cut(c.lineAt(c.fset.File(pos).LineStart(line)), "//")
		text, _, _ = strings.Cut(text, "/*")
		note = strings.TrimSpace(text)
	}
	return &label{note: fmt.Sprintf("line %d: %s", line, note)}
}

// lead returns l, and notes that something leads there.
func (c *coroutine) lead(l *label) *label {
	l.refs++
	return l
}

func (c *coroutine) jump(l *label) { c.then(jump{c.lead(l)}) }

// leaveIf has l come next if cond is true.
func (c *coroutine) leaveIf(cond code, l *label) {
	c.then(choice{head: code{"if ", cond, " {"}, arms: []arm{{to: c.lead(l)}}})
}

// thenLine adds a line that corofy writes.
func (c *coroutine) thenLine(parts ...any) { c.then(text{code: parts}) }

// comments adds a piece of the source without statements.
func (c *coroutine) comments(pos, end token.Pos) {
	if strings.Trim(c.raw(pos, end), "; \n\t{}") != "" {
		c.then(text{code: code{c.span(pos, end)}, own: true})
	}
}

// list desugars statements. The source from from to to has comments around them.
func (c *coroutine) list(from token.Pos, list []ast.Stmt, to token.Pos) {
	for _, s := range list {
		end := c.lineEnd(s.End(), to)
		if c.whole(s) {
			c.copied("", from, s, end, nil)
		} else {
			c.comments(from, s.Pos())
			c.stmt(s, nil)
			c.comments(s.End(), end)
		}
		if len(c.commentsIn(s.Pos(), end)) > 0 {
			c.thenLine(rest{s.Pos(), end})
		}
		from = end
	}
	c.comments(from, to)
}

// lineEnd returns the end of a comment that stands behind a statement, in its line.
func (c *coroutine) lineEnd(end, to token.Pos) token.Pos {
	if all := c.commentsIn(end, to); len(all) > 0 && strings.Trim(c.raw(end, all[0].Pos()), "; \t") == "" {
		return all[0].End()
	}
	return end
}

// whole reports whether a statement is copied as it stands.
func (c *coroutine) whole(s ast.Stmt) bool {
	if _, ok := s.(*ast.LabeledStmt); ok { // a goto may lead there
		return false
	}
	if s, ok := s.(*ast.DeclStmt); ok && s.Decl.(*ast.GenDecl).Tok == token.VAR && s.Decl.(*ast.GenDecl).Lparen.IsValid() {
		return false
	}
	return !c.split[s]
}

// copied copies s, of which head is in the place of what stands before from. l is its label, which may have been taken out, too.
func (c *coroutine) copied(head string, from token.Pos, s ast.Stmt, end token.Pos, l types.Object) {
	c.define(s)
	c.statement(s)
	if l != nil && c.named(s, l) {
		head = l.Name() + ":\n" + head
	}
	c.then(text{code: code{head, c.span(from, end)}, stmt: s, own: true, ends: c.terminates(s, l)})
}

// stmt desugars a statement that isn't copied as a whole.
func (c *coroutine) stmt(s ast.Stmt, l types.Object) {
	switch s := s.(type) {
	case *ast.BlockStmt:
		c.list(s.Lbrace+1, s.List, s.Rbrace)
	case *ast.LabeledStmt:
		c.labelled(s)
	case *ast.IfStmt:
		c.ifStmt(s)
	case *ast.ForStmt:
		c.forStmt(s, l)
	case *ast.RangeStmt:
		c.rangeStmt(s, l)
	case *ast.SwitchStmt:
		c.switchStmt(s, l)
	case *ast.TypeSwitchStmt:
		c.typeSwitch(s, l)
	case *ast.SelectStmt:
		c.selectStmt(s, l)
	case *ast.DeclStmt:
		c.varDecl(s)
	case *ast.AssignStmt:
		if !c.waited(s.Lhs, s.Rhs) {
			var xs []operand
			for _, x := range s.Lhs {
				xs = append(xs, operand{x: x})
			}
			c.simple(s, append(xs, c.assigned(s.Rhs, func(i int) types.Type { return c.info.TypeOf(s.Lhs[i]) })...)...)
		}
	case *ast.ExprStmt:
		if call, ok := ast.Unparen(s.X).(*ast.CallExpr); ok && c.callee(call) == c.wait {
			c.await(call, [2]*variable{}, [2]bool{})
			return
		}
		c.simple(s, operand{x: s.X})
	case *ast.SendStmt:
		c.simple(s, operand{x: s.Chan}, operand{x: s.Value})
	case *ast.IncDecStmt:
		c.simple(s, operand{x: s.X})
	case *ast.ReturnStmt:
		c.simple(s, c.assigned(s.Results, func(i int) types.Type { return c.info.TypeOf(c.lit).(*types.Signature).Results().At(i).Type() })...)
	case *ast.GoStmt:
		c.simple(s, c.operands(s.Call)...)
	case *ast.DeferStmt:
		c.simple(s, c.operands(s.Call)...)
	default:
		c.reject(s.Pos(), "a wait in %T", s)
	}
}

// simple has the waits in a statement done, and then is what is left of it.
func (c *coroutine) simple(s ast.Stmt, xs ...operand) {
	c.sequence(xs...)
	c.copied("", s.Pos(), s, s.End(), nil)
}

// one desugars a statement that stands in the head of another.
func (c *coroutine) one(s ast.Stmt) {
	if s != nil {
		c.list(s.Pos(), []ast.Stmt{s}, s.End())
	}
}

// waited desugars v, err := future.Wait(…): what is polled goes straight to where it belongs.
func (c *coroutine) waited(to, from []ast.Expr) bool {
	if len(to) != 2 || len(from) != 1 {
		return false
	}
	call, ok := ast.Unparen(from[0]).(*ast.CallExpr)
	if !ok || c.callee(call) != c.wait {
		return false
	}
	t := c.info.TypeOf(call).(*types.Tuple)
	var vars [2]*variable
	var start [2]bool
	for i, x := range to {
		id, ok := x.(*ast.Ident)
		if ok && id.Name == "_" {
			continue
		} else if !ok || !types.Identical(c.info.ObjectOf(id).Type(), t.At(i).Type()) {
			return false
		}
		if start[i] = c.info.Defs[id] != nil; start[i] {
			c.defined(id)
		}
		if vars[i] = c.vars[c.info.ObjectOf(id)]; vars[i] == nil {
			return false
		}
	}
	if vars[0] == vars[1] && vars[0] != nil {
		return false
	}
	c.await(call, vars, start)
	return true
}
