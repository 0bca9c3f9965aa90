package corofy

import (
	"fmt"
	"regexp"
	"strings"
)

// emit returns the struct and its methods.
func (c *coroutine) emit() string {
	var b strings.Builder
	p := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
	typ := c.name + c.args
	for _, d := range c.moved {
		p("%s\n", c.text(d.Pos(), d.End()))
	}
	p("// %s is the coroutine of line %d, in its source.", c.name, c.line(c.call.Pos()))
	for _, comment := range append(c.commentsIn(c.call.Pos(), c.lit.Body.Lbrace), c.commentsIn(c.lit.End(), c.call.End())...) {
		p("%s", comment.Text)
	}
	p("type %s%s struct {", c.name, c.params)
	p("state int // the step that comes next; -1: none, it is done, or running")
	for _, f := range c.fields {
		p("%s %s", f.name, f.typ)
	}
	for _, f := range c.futs {
		p("%s %s.Future[%s] // what is waited for in %s", f.name, c.future, f.typ, f.note)
	}
	if c.hasDefers {
		p("defers %s.Defers", c.future)
	}
	p("}\n")
	c.emitPoll(p, typ)
	if !c.hasDefers {
		p("// done lets go of everything, and returns the results.")
		v, err := "v", "err"
		if v == c.future || err == c.future || c.params != "" { // a type parameter may have any name
			v, err = c.zero, c.failedName
		}
		p("func (%s *%s) done(%s %s, %s error) (%[4]s, error) {", c.self, typ, v, c.result, err)
		p("*%s = %s{state: -1}\nreturn %s, %s.Returned(%s)\n}\n", c.self, typ, v, c.future, err)
	}
	p("// Drop lets go of what is waited for, and of all else.")
	p("func (%s *%s) Drop() {", c.self, typ)
	if c.hasDefers {
		p("if %s.state < 0 {\nreturn\n}", c.self)
		p("%s.state = -1", c.self)
	}
	c.emitDrops(p)
	if c.hasDefers {
		p("%s.defers.Drop()", c.self)
	}
	p("*%s = %s{state: -1}\n}", c.self, typ)
	return b.String()
}

func (c *coroutine) emitDrops(p func(string, ...any)) {
	for _, f := range c.futs {
		p("if %s := %s.%s; %[1]s != nil {\n%[2]s.%[3]s = nil", c.dropped, c.self, f.name)
		if c.hasDefers { // as if it were deferred last: it may panic, too
			p("%s.defers.Push(func() { %s.Drop(%s) })\n}", c.self, c.future, c.dropped)
		} else {
			p("defer %s.Drop(%s)\n}", c.future, c.dropped)
		}
	}
}

func (c *coroutine) emitPoll(p func(string, ...any), typ string) {
	failed := "_"
	if c.hasDefers {
		failed = c.failedName
	}
	p("func (%s *%s) Poll(%s) (%s %s, %s error) {", c.self, typ, c.poll, c.zero, c.result, failed)
	p("%s := %s.state\n%[2]s.state = -1", c.state, c.self)
	if c.hasDefers {
		p("if %s < 0 {\npanic(%s.PolledAfterCompletion)\n}", c.state, c.future)
		p("defer func() {\nif %s.state >= 0 {\nreturn // it waits\n}", c.self)
		c.emitDrops(p) // which there is only if it panicked
		p("%s.defers.Run(recover())", c.self)
		for i, v := range c.results {
			p("%s = %s", []string{c.zero, failed}[i], c.ref(v, false))
		}
		p("*%s = %s{state: -1}\n%s.Returned(%s)\n}()", c.self, typ, c.future, failed)
	}
	if c.loop != "" {
		p("%s:", c.loop)
	}
	p("for {\nswitch %s {", c.state)
	numbers := map[string]string{}
	for i, s := range c.states {
		numbers[mark(s)] = fmt.Sprint(i)
	}
	for i, s := range c.states {
		if i > 0 && s.before == 0 && s.text.Len() == 0 {
			continue // nobody comes here
		}
		note := ""
		if s.note != "" {
			note = " // " + s.note
		}
		p("case %d:%s", i, note)
		p("%s", marks.ReplaceAllStringFunc(strings.TrimSuffix(s.text.String(), "\n"), func(m string) string { return numbers[m] }))
	}
	p("default:\npanic(%s.PolledAfterCompletion)\n}\n}\n}\n", c.future)
}

var marks = regexp.MustCompile("\x00[^\x00]*\x00")
