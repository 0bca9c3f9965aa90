package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// code returns the source from pos to end, edited, and notes what it mentions.
func (c *coroutine) code(pos, end token.Pos) string {
	c.mentions(pos, end)
	return c.text(pos, end)
}

func (c *coroutine) expr(x ast.Expr) string { return c.code(x.Pos(), x.End()) }

func (c *coroutine) mentions(pos, end token.Pos) {
	hidden := c.hiding(pos, end)
	for _, e := range hidden {
		if e.of != nil {
			c.event(e.of, reads)
		}
	}
	for _, comment := range c.commentsIn(pos, end) {
		if !slices.ContainsFunc(hidden, func(e edit) bool { return e.pos <= comment.Pos() && comment.End() <= e.end }) {
			c.shown[comment] = true
		}
	}
	for _, m := range c.visible(pos, end) {
		obj := c.info.ObjectOf(m.id)
		if !m.member {
			c.names(m.id.Name, obj)
		}
		v := c.vars[obj]
		switch {
		case v == nil:
		case c.info.Defs[m.id] != nil:
			c.event(v, starts)
		case c.pure[m.id]:
			c.event(v, writes)
		default:
			c.event(v, reads)
		}
	}
}

// names notes that the step mentions obj.
func (c *coroutine) names(name string, obj types.Object) {
	if c.cur.names[name] == nil {
		c.cur.names[name] = map[types.Object]bool{}
	}
	c.cur.names[name][obj] = true
}

func (c *coroutine) commentsIn(pos, end token.Pos) (all []*ast.Comment) {
	for _, group := range c.file.Comments {
		for _, comment := range group.List {
			if pos <= comment.Pos() && comment.End() <= end {
				all = append(all, comment)
			}
		}
	}
	return all
}

// rest adds the comments of a statement that have found no place.
func (c *coroutine) rest(pos, end token.Pos) {
	for _, comment := range c.commentsIn(pos, end) {
		if !c.shown[comment] {
			c.shown[comment] = true
			fmt.Fprintln(&c.states[len(c.states)-1].text, comment.Text)
		}
	}
}

// hiding returns the edits that put something else in the place of what was from pos to end.
func (c *coroutine) hiding(pos, end token.Pos) (outermost []edit) {
	for _, e := range c.edits {
		if e.ident || e.pos < pos || e.end > end || e.end == e.pos {
			continue
		}
		inside := func(o edit) bool { return o.pos <= e.pos && e.end <= o.end }
		if slices.ContainsFunc(outermost, inside) {
			continue
		}
		outermost = append(slices.DeleteFunc(outermost, func(o edit) bool { return e.pos <= o.pos && o.end <= e.end }), e)
	}
	return outermost
}

// visible returns the identifiers from pos to end that are still there.
func (c *coroutine) visible(pos, end token.Pos) (ids []mentioned) {
	hidden := c.hiding(pos, end)
	for _, m := range c.idents() {
		at := m.id.Pos()
		if at >= pos && at < end && !slices.ContainsFunc(hidden, func(e edit) bool { return at >= e.pos && at < e.end }) {
			ids = append(ids, m)
		}
	}
	return ids
}

// A mentioned is an identifier in the body.
type mentioned struct {
	id     *ast.Ident
	inside bool // in a function inside
	member bool // x in a.x, or in T{x: …}
}

func (c *coroutine) idents() []mentioned {
	if c.all == nil {
		ast.PreorderStack(c.lit.Body, nil, func(n ast.Node, stack []ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				v, isVar := c.info.ObjectOf(id).(*types.Var)
				sel, isSel := stack[len(stack)-1].(*ast.SelectorExpr)
				c.all = append(c.all, mentioned{id, inFunc(stack), isVar && v.IsField() || isSel && sel.Sel == id})
			}
			return true
		})
	}
	return c.all
}
