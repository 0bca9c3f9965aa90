package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// replace puts the struct in the place of the call, and edits the body for its new home.
func (c *coroutine) replace() {
	ast.PreorderStack(c.lit.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			for _, f := range c.fields {
				if c.info.Uses[n] == f.of {
					c.edits = append(c.edits, edit{n.Pos(), n.End(), c.self + "." + f.name})
				}
			}
		case *ast.ReturnStmt:
			if !inFunc(stack) {
				c.returned(n)
			}
		}
		return true
	})
	var fields []string
	for _, f := range c.fields {
		fields = append(fields, f.name+": "+f.of.Name())
	}
	value := fmt.Sprintf("&%s%s{%s}", c.name, c.args, strings.Join(fields, ", "))
	// As an interface, unless it becomes one anyway.
	iface := fmt.Sprintf("%s.Future[%s]", c.future, c.result)
	if !c.isReturned() {
		value = iface + "(" + value + ")"
	}
	for _, t := range append(c.typeParams, c.info.TypeOf(c.call)) { // nothing hides these names
		c.typeText(c.call.Pos(), c.call.Pos(), t)
	}
	c.edits = append(c.edits, edit{c.call.Pos(), c.call.End(), value})
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

// returned has a return look at its error.
func (c *coroutine) returned(s *ast.ReturnStmt) {
	for _, w := range c.waits {
		if w.stmt == s {
			return
		}
	}
	if _, obj := c.pkg.Scope().Innermost(s.Pos()).LookupParent(c.future, s.Pos()); !isPkgName(obj) {
		c.reject(s.Pos(), "a return where %s isn't the package", c.future)
		return
	}
	if len(s.Results) == 1 { // a call with two results
		v, err := c.unused(c.step(s.Pos()), "v"), c.unused(c.step(s.Pos()), "err")
		c.edits = append(c.edits,
			edit{s.Pos(), s.Pos() + token.Pos(len("return")), v + ", " + err + " :="},
			edit{s.End(), s.End(), fmt.Sprintf("\nreturn %s, %s.Returned(%s)", v, c.future, err)})
		return
	}
	if err := s.Results[1]; !c.info.Types[err].IsNil() {
		c.edits = append(c.edits, edit{err.Pos(), err.Pos(), c.future + ".Returned("}, edit{err.End(), err.End(), ")"})
	}
}

// unused returns a name that step n doesn't mention.
func (c *coroutine) unused(n int, name string) string {
	got := name
	for i := 2; ; i++ {
		found := got == c.future
		ast.Inspect(c.lit.Body, func(node ast.Node) bool {
			id, ok := node.(*ast.Ident)
			found = found || ok && id.Name == got && c.step(id.Pos()) == n
			return !found
		})
		if !found {
			return got
		}
		got = fmt.Sprint(name, i)
	}
}

// emit returns the struct and its methods.
func (c *coroutine) emit() string {
	var b strings.Builder
	p := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
	typ := c.name + c.args
	p("// %s is the coroutine of line %d, in its source.", c.name, c.line(c.call.Pos()))
	for _, comment := range c.comments(c.call, c.lit.Body) {
		p("%s", comment)
	}
	p("type %s%s struct {", c.name, c.params)
	p("state int // the step that comes next; -1: none, it is done, or running")
	for _, f := range c.fields {
		p("%s %s", f.name, f.typ)
	}
	for _, w := range c.waits {
		p("%s %s.Future[%s] // what line %d waits for", w.field, c.future, w.typ, c.line(w.stmt.Pos()))
	}
	p("}\n")
	p("func (%s *%s) Poll(%s %s.Waker) (%s %s, _ error) {\nfor {\nswitch %[1]s.state {", c.self, typ, c.waker, c.future, c.zero, c.result)
	for n := range len(c.waits) + 1 {
		p("case %d:", n)
		c.emitStep(p, n)
	}
	p("default:\npanic(%s.PolledAfterCompletion)\n}\n}\n}\n", c.future)
	p("// Drop lets go of what is waited for.")
	p("func (%s *%s) Drop() {", c.self, typ)
	if len(c.waits) > 0 {
		p("switch %s.state {", c.self)
		for n, w := range c.waits {
			p("case %d:\n%s.Drop(%s.%s)", n+1, c.future, c.self, w.field)
		}
		p("}")
	}
	p("%s.state = -1\n}", c.self)
	return b.String()
}

func (c *coroutine) emitStep(p func(string, ...any), n int) {
	from, to := c.lit.Body.Lbrace+1, c.lit.Body.Rbrace
	if n < len(c.waits) {
		to = c.waits[n].stmt.Pos()
	}
	if n == 0 {
		p("%s.state = -1", c.self)
	} else {
		w := c.waits[n-1]
		from = w.stmt.End()
		value, err := c.target(w.value, n), c.target(w.err, n)
		if w.returns {
			value = c.unused(n, "v")
		}
		if err == "_" {
			err = c.unused(n, "err")
		}
		p("%s, %s := %s.%s.Poll(%s)", value, err, c.self, w.field, c.waker)
		p("if %s == %s.NotReady {\nreturn %s, %[1]s\n}", err, c.future, c.zero)
		p("%s.state, %[1]s.%s = -1, nil", c.self, w.field)
		if w.returns {
			p("return %s, %s", value, err)
		}
		c.use(p, c.unread(n, true))
	}
	if code := strings.Trim(strings.TrimPrefix(c.text(from, to), ";"), "\n\t "); code != "" {
		p("// ---- Code you actually wrote ----\n%s", code)
		if n < len(c.waits) {
			p("// ---------------------------------")
		}
	}
	c.use(p, c.unread(n, false))
	if n < len(c.waits) {
		w := c.waits[n]
		for _, comment := range c.comments(w.stmt, w.arg()) {
			p("%s", comment)
		}
		p("%s.%s = %s", c.self, w.field, c.text(w.arg().Pos(), w.arg().End()))
		p("%s.state = %d", c.self, n+1)
	}
}

// target returns the name of the variable that the wait before step n sets.
func (c *coroutine) target(id *ast.Ident, n int) string {
	if id == nil || id.Name == "_" || !c.vars.mentioned[use{c.info.ObjectOf(id), n}] {
		return "_"
	}
	return id.Name
}

func (c *coroutine) use(p func(string, ...any), names []string) {
	if len(names) > 0 {
		p("%s = %s", strings.TrimSuffix(strings.Repeat("_, ", len(names)), ", "), strings.Join(names, ", "))
	}
}

// comments returns those in a node, but not in a part of it that is copied.
func (c *coroutine) comments(all, copied ast.Node) (texts []string) {
	for _, group := range c.file.Comments {
		for _, comment := range group.List {
			within := func(n ast.Node) bool { return n.Pos() <= comment.Pos() && comment.End() <= n.End() }
			if within(all) && !within(copied) {
				texts = append(texts, comment.Text)
			}
		}
	}
	return texts
}
