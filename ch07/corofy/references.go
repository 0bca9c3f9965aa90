package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// ref returns what stands for v. With inside it stands in a function inside of the body, which
// must not know the struct: it may see other days.
func (c *coroutine) ref(v *variable, inside bool) string {
	switch {
	case v.kind == local:
		return v.local
	case inside && v.kind == captured:
		return v.local
	case inside:
		return "*" + v.local
	case v.kind == boxed || v.kind == shared:
		return "*" + c.self + "." + v.field
	}
	return c.self + "." + v.field
}

// references edits every mention of a variable.
func (c *coroutine) references() {
	ast.PreorderStack(c.lit.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := c.info.ObjectOf(id)
		if name := c.renamed[obj]; name != "" {
			c.edits = append(c.edits, edit{pos: id.Pos(), end: id.End(), text: name, ident: true})
		}
		v := c.vars[obj]
		if v == nil {
			return true
		}
		pos, text := id.Pos(), c.ref(v, inFunc(stack))
		if strings.HasPrefix(text, "*") {
			parent := stack[len(stack)-1]
			if u, ok := parent.(*ast.UnaryExpr); ok && u.Op == token.AND {
				pos, text = u.Pos(), text[1:]
			} else {
				text = through(text, id, v.obj.Type(), parent)
			}
		}
		c.edits = append(c.edits, edit{pos: pos, end: id.End(), text: text, ident: true})
		return true
	})
}

// through returns how text, which is *p, is written inside of parent, where it takes the place of id.
func through(text string, id *ast.Ident, t types.Type, parent ast.Node) string {
	switch parent := parent.(type) {
	case *ast.SelectorExpr: // Go goes through one pointer by itself
		if !isPointer(t) && !types.IsInterface(t) {
			return text[1:]
		}
	case *ast.IndexExpr:
		if parent.X != id {
			return text
		}
		if _, ok := t.Underlying().(*types.Array); ok {
			return text[1:]
		}
	case *ast.SliceExpr:
		if parent.X != id {
			return text
		}
		if _, ok := t.Underlying().(*types.Array); ok {
			return text[1:]
		}
	case *ast.CallExpr:
		if parent.Fun != id {
			return text
		}
	case *ast.BinaryExpr:
		if parent.Op != token.QUO || parent.Y != id { // it would begin a comment
			return text
		}
	case *ast.StarExpr, *ast.UnaryExpr, *ast.TypeAssertExpr:
	default:
		return text
	}
	return "(" + text + ")"
}
