package corofy

import (
	"fmt"
	"strings"
)

// Pass 6, print: steps and the original bytes → the struct, Poll and Drop.

// emit returns the struct and its methods.
func (c *coroutine) emit() string {
	var b strings.Builder
	p := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
	typ := c.name + c.args
	p("// %s is the coroutine of line %d, in its source.", c.name, c.line(c.call.Pos()))
	for _, comment := range append(c.commentsIn(c.call.Pos(), c.lit.Body.Lbrace), c.commentsIn(c.lit.End(), c.call.End())...) {
		p("%s", harmless(comment.Text))
	}
	p("type %s%s struct {", c.name, c.text(c.params))
	p("state int // the step that comes next; -1: none, it is done, or running")
	for _, f := range c.fields {
		p("%s %s", f.name, f.typ)
	}
	for _, f := range c.futs {
		p("%s %s // what is waited for in %s", f.name, f.typ, f.note)
	}
	if c.hasDefers {
		p("defers %s.Defers", c.future)
	}
	p("}\n")
	result := c.text(c.result)
	c.emitPoll(p, typ, result)
	if !c.hasDefers {
		p("// done lets go of everything, and returns the results.")
		v, err := "v", "err"
		if v == c.future || err == c.future || c.params != nil { // a type parameter may have any name
			v, err = c.zero, c.failedName
		}
		p("func (%s *%s) done(%s %s, %s error) (%[4]s, error) {", c.self, typ, v, result, err)
		p("*%s = %s{state: -1}\nreturn %s, %s.Returned(%s)\n}\n", c.self, typ, v, c.future, err)
	}
	p("// Drop lets go of what is waited for, and of all else.")
	p("func (%s *%s) Drop() {", c.self, typ)
	clear := fmt.Sprintf("*%s = %s{state: -1}", c.self, typ)
	if c.hasDefers {
		p("if %s.state < 0 {\nreturn\n}", c.self)
		p("%s.state = -1\n%[1]s.defers.Drop(%s)", c.self, strings.Join(c.waits(), ", "))
	} else {
		var leaves []string
		for _, f := range c.waits() {
			if leaf, ok := strings.CutPrefix(f, "&"); ok { // dropped before clear, which overwrites it
				leaves = append(leaves, leaf+".Drop()")
			} else {
				p("defer %s.Drop(%s)", c.future, f)
			}
		}
		if leaves != nil {
			clear = fmt.Sprintf("%s.state = -1\ndefer func() { %s }()\n%s", c.self, clear, strings.Join(leaves, "\n"))
		}
	}
	p("%s\n}\n", clear)
	return b.String()
}

// waits lists the fields for what is waited for, and the addresses of those that are the futures themselves.
func (c *coroutine) waits() (all []string) {
	for _, f := range c.futs {
		if f.drops && f.star != "" {
			all = append(all, "&"+c.self+"."+f.name)
		} else if f.drops {
			all = append(all, c.self+"."+f.name)
		}
	}
	return all
}

func (c *coroutine) emitPoll(p func(string, ...any), typ, result string) {
	failed := "_"
	if c.hasDefers {
		failed = c.failedName
	}
	p("func (%s *%s) Poll(%s) (%s %s, %s error) {", c.self, typ, c.poll, c.zero, result, failed)
	p("%s := %s.state\n%[2]s.state = -1", c.state, c.self)
	if c.hasDefers {
		p("if %s < 0 {\npanic(%s.PolledAfterCompletion)\n}", c.state, c.future)
		p("defer func() {\nif %s.state >= 0 {\nreturn // it waits\n}", c.self)
		p("%s.defers.Run(%s)", c.self, strings.Join(append([]string{"recover()"}, c.waits()...), ", "))
		for i, v := range c.results {
			p("%s = %s", []string{c.zero, failed}[i], c.ref(v, false))
		}
		p("*%s = %s{state: -1}\n%s.Returned(%s)\n}()", c.self, typ, c.future, failed)
	}
	steps := c.steps()
	if c.loops {
		if c.loop != "" {
			p("%s:", c.loop)
		}
		p("for {")
	}
	p("switch %s {\n%sdefault:\npanic(%s.PolledAfterCompletion)\n}", c.state, steps, c.future)
	if c.loops {
		p("}")
	}
	p("}\n")
}

// steps returns the cases of Poll's switch.
func (c *coroutine) steps() string {
	c.shown = nil
	c.loops, c.loop, c.mine = false, "", false
	var printed []*step
	for _, b := range c.blocks {
		b.copies, b.made, b.chosen = map[*variable]bool{}, map[*variable]bool{}, map[string]bool{}
		if b.led || len(b.forms) > 0 {
			b.number = len(printed)
			printed = append(printed, b)
		}
	}
	c.out.Reset()
	for i, b := range printed {
		c.cur = b
		if fmt.Fprintf(&c.out, "case %d:", i); b.note != "" {
			fmt.Fprintf(&c.out, " // %s", b.note)
		}
		c.out.WriteString("\n")
		c.printStep(b)
		if b.next != nil {
			c.endMine()
			if next := b.next.step; i+1 < len(printed) && printed[i+1] == next {
				c.gen("fallthrough")
			} else {
				c.gen("%s = %d", c.state, next.number)
				c.loops = true
			}
		}
		c.mine = false
	}
	return c.out.String()
}

func (c *coroutine) printStep(b *step) {
	if b.poll != nil {
		c.printPoll(b.poll)
	}
	for _, f := range b.forms {
		switch f := f.(type) {
		case text:
			c.printText(f)
		case set:
			c.copies(f.value)
			c.printSet(f)
		case wait:
			c.copies(f.fut)
			fut := c.futs[f.at.step.poll.in]
			c.gen("%s.%s = %s%s", c.self, fut.name, fut.star, c.text(f.fut))
			for _, v := range f.at.step.dead {
				c.clear(v)
			}
		case branch:
			c.copies(f.cond)
			c.gen("if %s {\n%s\n}", c.text(f.cond), c.text(code{leave{f.to, false}}))
		case choice:
			c.copies(f.head)
			for _, a := range f.arms {
				c.copies(a.head)
			}
			c.gen("%s", c.text(f.head))
			for _, a := range f.arms {
				c.gen("%s", c.text(a.head))
				for _, s := range a.sets {
					c.printSet(s)
				}
				c.gen("%s = %d", c.state, a.to.step.number)
				c.loops = true
			}
			c.gen("}")
		}
	}
}

// printPoll begins the step of a wait.
func (c *coroutine) printPoll(w *wait) {
	var names [2]string
	var later []set
	for i, v := range []*variable{w.value, w.err} {
		switch {
		case v == nil || v.kind == local && !c.wanted(v):
			names[i] = "_"
		case v.kind == local:
			names[i] = c.nameOf(v)
		default:
			names[i] = c.unused([]string{"v", "err"}[i])
			later = append(later, set{v, code{names[i]}, w.start[i]})
		}
	}
	check := names[1]
	if check == "_" {
		check = c.unused("err")
	}
	fut := c.futs[w.in]
	c.gen("%s, %s := %s.%s.Poll(%s)", names[0], check, c.self, fut.name, c.pollWith)
	c.gen("if %s == %s.NotReady {\n%s.state = %d\nreturn %s, %s\n}", check, c.future, c.self, c.cur.number, c.zero, check)
	c.gen("%s.%s = %s", c.self, fut.name, fut.zero)
	for i, v := range []*variable{w.value, w.err} {
		if names[i] != "_" && v.kind == local && !c.does(v, reads) {
			c.gen("_ = %s", names[i])
		}
	}
	for _, s := range later {
		c.printSet(s)
	}
}

// wanted reports whether the current step does more with v than to start it.
func (c *coroutine) wanted(v *variable) bool { return c.does(v, reads) || c.does(v, writes) }

func (c *coroutine) does(v *variable, what what) bool {
	for _, e := range c.cur.events {
		if e.of == v && e.what == what {
			return true
		}
	}
	return false
}

// printSet gives a variable a value.
func (c *coroutine) printSet(s set) {
	v, value, op := s.to, c.text(s.value), "="
	if s.start {
		delete(c.cur.copies, v)
	}
	switch {
	case v.kind == boxed && s.start:
		c.gen("%s", c.box(v, value))
	case v.kind != local:
		c.gen("%s = %s", c.ref(v, false), value)
	case !c.wanted(v):
		c.gen("_ = %s", value)
	default:
		if s.start && !c.cur.made[v] {
			c.cur.made[v], op = true, ":="
		}
		c.gen("%s %s %s", c.nameOf(v), op, value)
		if !c.does(v, reads) {
			c.gen("_ = %s", c.nameOf(v))
		}
	}
}

// box gives a variable a new box, with a value in it.
func (c *coroutine) box(v *variable, value string) string {
	return fmt.Sprintf("%s.%s = %s.Box[%s](%s)", c.self, v.field, c.future, c.text(c.typeOf(v)), value)
}

// clear lets go of what a field holds.
func (c *coroutine) clear(v *variable) {
	switch {
	case v.kind == local:
	case v.kind == boxed || v.kind == shared || v.typText != nil:
		c.gen("%s.%s = nil", c.self, v.field)
	case holds(v.typ):
		c.gen("%s.%s = %s", c.self, v.field, c.zeroOf(v))
	}
}
