package corofy

import (
	"go/ast"
	"go/types"
	"strings"
)

// A coroutine is one call of future.Async on its way to become a struct.
type coroutine struct {
	*rewriter
	decl   ast.Decl // around it
	call   *ast.CallExpr
	lit    *ast.FuncLit
	fn     *ast.FuncDecl // decl, if it is a function
	co     types.Object  // the body's parameter; nil if it has no name
	subs   []*coroutine  // inside
	nested bool          // in a function inside of another coroutine
	alone  bool          // what its function returns

	name   string // of the struct
	params code
	args   string          // of its types: "[T any]", "[T]", or nothing
	result code            // the type that the body returns
	used   map[string]bool // names of fields

	// Of pass 2.
	split     map[ast.Node]bool // has a wait in it
	hasDefers bool

	// Of pass 3.
	forms                      []form
	labels                     map[types.Object]*label
	targets                    []target // of break and continue
	vars                       map[types.Object]*variable
	replaced                   map[ast.Expr]*variable // expressions that temporaries stand for
	order                      []*variable
	results                    []*variable                   // with names
	decls                      map[types.Object]*ast.GenDecl // types and constants that the body declares, or the function around
	flat                       map[*ast.GenDecl]bool         // those of the body that aren't inside of a statement
	written, addressed, closed map[types.Object]bool
	writes                     map[types.Object]ast.Expr // the types of variables, where the source has them
	inits                      map[any]ast.Expr          // what they are inferred from, where not; of temporaries, too

	// Of pass 4 and 5.
	blocks  []*step
	all     map[string]map[types.Object]bool // mentioned anywhere
	inTypes map[string]bool                  // mentioned in the types of fields
	futs    []field                          // futures that are waited for, one for each type
	fields  []field

	copyNames map[string]bool // of copies for functions inside, and of variables that couldn't keep theirs

	// Of pass 6.
	out       strings.Builder
	cur       *step
	shown     map[*ast.Comment]bool
	mine      bool // the last line is the reader's own
	loops     bool // Poll has a loop
	loopNamed bool // that needs its label
}

// A variable is a variable that may get a place in the frame. It is one of the body, unless it is
// inside of a statement that is copied as a whole, or of the function around, or a temporary.
type variable struct {
	obj  types.Object // nil: a temporary
	n    int          // its place in order
	name string
	typ  types.Type

	kind   kind
	field  string         // of the struct
	local  string         // its name in Poll, if it is local; or that of a copy for functions inside
	box    bool           // it is captured by a function inside, or has its address taken
	always bool           // a field in any case
	copied bool           // a function inside mentions it
	home   map[*step]bool // where it is mentioned
	reused bool           // one of those doesn't start it before it does anything else with it
}

// A kind says where a variable lives.
type kind int

const (
	local    kind = iota // in Poll: it is gone when Poll returns
	framed               // a field: it lives across a wait
	boxed                // a field that points to it: somebody else may, too
	captured             // of the function around, and never changes: a field with a copy
	shared               // of the function around, and may change: a field that points to it
)

// A field of the struct.
type field struct {
	name string
	typ  string
	note string

	// Of a future.
	star  string // "*": it is the future itself (leaf.go)
	zero  string // its zero value
	drops bool   // it may have a Drop
}

// coroutine takes one call of Async through the passes up to blocks, and replaces it.
func (r *rewriter) coroutine(d ast.Decl, call *ast.CallExpr, lit *ast.FuncLit, stack []ast.Node) *coroutine {
	found := len(r.errs)
	c := &coroutine{rewriter: r, decl: d, call: call, lit: lit, nested: inFunc(stack), split: map[ast.Node]bool{},
		labels: map[types.Object]*label{}, vars: map[types.Object]*variable{}, replaced: map[ast.Expr]*variable{}, decls: map[types.Object]*ast.GenDecl{}, flat: map[*ast.GenDecl]bool{},
		all: map[string]map[types.Object]bool{}, inTypes: map[string]bool{}, copyNames: map[string]bool{},
		used: map[string]bool{"state": true, "Poll": true, "Drop": true, "done": true, "defers": true}}
	c.fn, _ = d.(*ast.FuncDecl)
	ret, ok := stack[len(stack)-1].(*ast.ReturnStmt)
	c.alone = ok && len(ret.Results) == 1 && c.fn != nil && !c.nested
	if names := lit.Type.Params.List[0].Names; len(names) == 1 && names[0].Name != "_" {
		c.co = r.info.Defs[names[0]]
	}
	c.name = c.fresh(c.around(d) + "Coroutine")
	c.typeParams()
	c.subs = r.inside(d, lit.Body)
	r.coroutines = append(r.coroutines, c)
	c.mark()
	c.syntax()
	c.parameter()
	c.uses()
	if len(r.errs) > found {
		return c
	}
	c.result = c.typeAt(lit.Type.Results.List[0].Type)
	c.desugar()
	c.divide()
	c.replace()
	return c
}

// replace puts the struct in the place of the call. Where the order of initialisation depends on it, that mentions the
// method Poll, since Go looks at no method that isn't mentioned.
func (c *coroutine) replace() {
	value := code{"&", c.name, c.args, "{"}
	for _, v := range c.captures() {
		value = append(value, late(func() code { return code{v.field, ": "} }), ref{v.obj, v.kind == shared, c.nested}, ", ")
	}
	value = append(value, "}")
	// As an interface, unless it becomes one anyway, since it is all that its function returns.
	if !c.alone || !types.Identical(c.info.Defs[c.fn.Name].Type().(*types.Signature).Results().At(0).Type(), c.info.TypeOf(c.call)) {
		value = code{c.future, ".Future[", c.result, "](", value, ")"}
	}
	c.edit(c.call.Pos(), c.call.End(), late(func() code {
		if c.touch {
			return code{"func() ", c.future, ".Future[", c.result, "] {\n_ = (*", c.name, c.args, ").Poll\nreturn ", value, "\n}()"}
		}
		return value
	}))
}

func (c *coroutine) captures() (all []*variable) {
	for _, v := range c.order {
		if v.kind == captured || v.kind == shared {
			all = append(all, v)
		}
	}
	return all
}
