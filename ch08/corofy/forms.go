package corofy

import (
	"go/ast"
	"go/types"
)

// A form is one of those below.
type form any

type (
	// A text is a piece of the source, or a line that corofy writes.
	text struct {
		code
		stmt ast.Stmt // of which it is a copy, or a line of a declaration; nil: comments, or corofy's own
		own  bool     // the reader's own
		ends bool     // what follows isn't reached from it
	}
	// A set gives a variable a value; with start it is a new one.
	set struct {
		to    *variable
		value code
		start bool
	}
	// A wait makes a future, and is a step that polls it.
	wait struct {
		call  *ast.CallExpr
		fut   code
		to    [2]*variable // of the value and the error; nil: nobody wants it
		start [2]bool      // they are new ones
		at    *label
		in    int // index of the frame's field for the future
	}
	// A choice is an if, a type switch or a select whose arms say what comes next.
	choice struct {
		head code
		arms []arm
		all  bool // one of them is chosen in any case
	}
	arm struct {
		head code
		sets []set
		to   *label
	}
	// A jump: to comes next.
	jump struct{ to *label }
	// A label is where a step begins, if something leads there other than what stands before it.
	label struct {
		note string
		refs int
		step *step
	}
)

// A target is a statement that break and continue may mean.
type target struct {
	label     types.Object // nil: none
	breaks    *label
	continues *label    // nil: not a loop
	over      *variable // of a range over a function, which has to be told when one leaves body
	body      *ast.BlockStmt
}
