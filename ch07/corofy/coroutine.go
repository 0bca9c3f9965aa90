package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// A coroutine is one call of future.Async on its way to become a struct.
type coroutine struct {
	*rewriter
	call *ast.CallExpr
	lit  *ast.FuncLit
	fn   *ast.FuncDecl // around it; nil in a variable's declaration
	co   types.Object  // the body's parameter; nil if it has no name

	name         string // of the struct
	params, args string // of its types: "[T any]", "[T]", or nothing
	typeParams   []types.Type
	result       string // the type that the body returns
	at           token.Pos
	fields       []field // of the struct
	used         map[string]bool

	split     map[ast.Node]bool     // has a wait in it
	gotos     map[types.Object]bool // labels that a goto names
	hasDefers bool
	vars      map[types.Object]*variable
	order     []*variable
	written   map[types.Object]bool // assigned to, other than in its declaration
	addressed map[types.Object]bool // its address is taken, also by a method
	closed    map[types.Object]bool // captured by a function inside
	pure      map[*ast.Ident]bool   // mentions that only assign
	all       []mentioned
	hiddens   []*variable
	results   []*variable // with names
	futNames  []string

	decls   map[types.Object]*ast.GenDecl // types and constants that the body declares
	moved   []*ast.GenDecl                // those of types that have to stand outside
	renamed map[types.Object]string       // constants whose names mean other things, too

	final bool // the second pass of lowering: what lives where is known
	machine
}

// A field of the struct.
type field struct{ name, typ, note string }

// coroutine takes one call of Async apart and replaces it. It returns nil if that
// can't be done.
func (r *rewriter) coroutine(d ast.Decl, call *ast.CallExpr) *coroutine {
	found := len(r.errs)
	lit, ok := ast.Unparen(call.Args[0]).(*ast.FuncLit)
	if !ok {
		r.reject(call.Args[0].Pos(), "a coroutine whose body is no function literal")
		return nil
	}
	c := &coroutine{rewriter: r, call: call, lit: lit, at: d.Pos(), used: map[string]bool{"state": true, "Poll": true, "Drop": true, "done": true, "defers": true},
		decls: map[types.Object]*ast.GenDecl{}, renamed: map[types.Object]string{}}
	if c.fn, _ = d.(*ast.FuncDecl); c.fn != nil {
		c.at = c.fn.Body.Lbrace + 1
		c.generic()
	}
	if names := lit.Type.Params.List[0].Names; len(names) == 1 && names[0].Name != "_" {
		c.co = r.info.Defs[names[0]]
	}
	c.mark()
	c.syntax()
	c.uses(d)
	if len(r.errs) > found {
		return nil
	}
	c.name = c.fresh(c.around(d) + "Coroutine")
	c.result = c.typeText(lit.Pos(), c.resultType())

	before := len(r.edits)
	c.lower()
	r.edits = r.edits[:before]
	c.settle()
	if len(r.errs) > found {
		return nil
	}
	c.final = true
	c.lower()
	c.replace()
	if len(r.errs) > found {
		return nil
	}
	return c
}

// fieldName returns a name that no field of the struct has, and takes it.
func (c *coroutine) fieldName(name string) string {
	for i := 2; c.used[name]; i++ {
		name = fmt.Sprint(strings.TrimRight(name, "0123456789"), i)
	}
	c.used[name] = true
	return name
}

// replace puts the struct in the place of the call.
func (c *coroutine) replace() {
	var values []string
	for _, v := range c.order {
		switch v.kind {
		case captured:
			values = append(values, v.field+": "+v.obj.Name())
		case shared:
			values = append(values, v.field+": &"+v.obj.Name())
		}
	}
	value := fmt.Sprintf("&%s%s{%s}", c.name, c.args, strings.Join(values, ", "))
	// As an interface, unless it becomes one anyway.
	if !c.isReturned() {
		value = fmt.Sprintf("%s.Future[%s](%s)", c.future, c.result, value)
	}
	for _, t := range append(c.typeParams, c.info.TypeOf(c.call)) { // nothing hides these names
		text := types.TypeString(t, c.qualify)
		if got, err := types.Eval(c.fset, c.pkg, c.call.Pos(), text); err != nil || !got.IsType() || !types.Identical(got.Type, t) {
			c.reject(c.call.Pos(), "a coroutine where %s means something else", text)
		}
	}
	c.edits = append(c.edits, edit{pos: c.call.Pos(), end: c.call.End(), text: value})
}

// isReturned reports whether the call is all that its function, which isn't a literal,
// returns, as a future.Future.
func (c *coroutine) isReturned() (found bool) {
	if c.fn == nil || c.fn.Type.Results == nil {
		return false
	}
	ast.PreorderStack(c.fn.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		if s, ok := n.(*ast.ReturnStmt); ok && !inFunc(stack) && len(s.Results) == 1 && ast.Unparen(s.Results[0]) == c.call {
			found = types.Identical(c.info.TypeOf(c.fn.Type.Results.List[0].Type), c.info.TypeOf(c.call))
		}
		return !found
	})
	return found
}
