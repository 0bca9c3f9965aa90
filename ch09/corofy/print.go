package corofy

import (
	"fmt"
	"go/ast"
	"maps"
	"slices"
	"strings"
)

// Pass 6, print: steps and the original bytes → the struct, Poll and Drop.

// What is written of each coroutine, with $names in the places of what differs.
const (
	structText = `// $name is the coroutine of line $line, in its source.
$comments type $name$params struct {
	state int // the step that comes next; -1: none, it is done, or running
	$fields}

func ($c *$T) Poll($with) ($zero $R, $failed error) {
	$state := $c.state
	$c.state = -1
	$body
}

$done // Drop lets go of what is waited for, and of all else.
func ($c *$T) Drop() {
	$drop
}

`
	doneText = `// done lets go of everything, and returns the results.
func ($c *$T) done($v $R, $err error) ($R, error) {
	*$c = $T{state: -1}
	return $v, $future.Returned($err)
}

`
	deferText = `if $state < 0 {
		panic($future.PolledAfterCompletion)
	}
	defer func() {
		if $c.state >= 0 {
			return // it waits
		}
		$c.defers.Run($recovered)
		$results *$c = $T{state: -1}
		$future.Returned($failed)
	}()
`
	deferDropText = `if $c.state < 0 {
		return
	}
	$c.state = -1
	$c.defers.Drop($waits)
	*$c = $T{state: -1}`
)

// emit returns the struct and its methods.
func (c *coroutine) emit() string {
	names := []string{"$name", c.name, "$params", c.text(c.params), "$T", c.name + c.args, "$R", c.text(c.result), "$line", fmt.Sprint(c.line(c.call.Pos())),
		"$c", c.self, "$with", c.poll, "$state", c.state, "$zero", c.zero, "$future", c.future}
	fill := func(text string, more ...string) string {
		return strings.NewReplacer(append(more, names...)...).Replace(text)
	}
	comments, fields, results := "", "", ""
	for _, comment := range slices.Concat(c.commentsIn(c.call.Pos(), c.lit.Body.Lbrace), c.commentsIn(c.lit.End(), c.call.End())) {
		comments += harmless(comment.Text) + "\n"
	}
	for _, f := range c.fields {
		fields += f.name + " " + f.typ + "\n"
	}
	for _, f := range c.futs {
		fields += f.name + " " + f.typ + " // what is waited for in " + f.note + "\n"
	}
	body := fill("switch $state {\n$steps default:\npanic($future.PolledAfterCompletion)\n}", "$steps", c.steps())
	if c.loops {
		body = "for {\n" + body + "\n}"
	}
	if c.loopNamed {
		body = c.loop + ":\n" + body
	}
	failed, done, drop := c.failedName, "", fill(deferDropText, "$waits", strings.Join(c.waits(), ", "))
	if c.hasDefers {
		fields += fill("defers $future.Defers\n")
		for i, v := range c.results {
			results += []string{c.zero, failed}[i] + " = " + c.ref(v, false) + "\n"
		}
		recovered := strings.Join(append([]string{"recover()"}, c.waits()...), ", ")
		body = fill(deferText, "$recovered", recovered, "$results", results, "$failed", failed) + body
	} else {
		v, err := "v", "err"
		if v == c.future || err == c.future || c.params != nil { // a type parameter may have any name
			v, err = c.zero, c.failedName
		}
		failed, done, drop = "_", fill(doneText, "$v", v, "$err", err), fill(c.drop())
	}
	return fill(structText, "$comments", comments, "$fields", fields, "$body", body, "$failed", failed, "$done", done, "$drop", drop)
}

// drop returns the body of Drop where there are no deferred calls.
func (c *coroutine) drop() (text string) {
	clear, leaves := "*$c = $T{state: -1}", ""
	for _, f := range c.waits() {
		if leaf, ok := strings.CutPrefix(f, "&"); ok { // dropped before clear, which overwrites it
			leaves += "\n" + leaf + ".Drop()"
		} else {
			text += "defer $future.Drop(" + f + ")\n"
		}
	}
	if leaves != "" {
		clear = "$c.state = -1\ndefer func() { " + clear + " }()" + leaves
	}
	return text + clear
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

// steps returns the cases of Poll's switch.
func (c *coroutine) steps() string {
	c.shown = map[*ast.Comment]bool{}
	c.loops, c.loopNamed, c.mine = false, false, false
	c.out.Reset()
	for _, b := range c.blocks {
		c.cur = b
		b.copies, b.made, b.chosen = map[*variable]string{}, map[*variable]bool{}, map[string]bool{}
		if fmt.Fprintf(&c.out, "case %d:", b.number); b.note != "" {
			fmt.Fprintf(&c.out, " // %s", b.note)
		}
		c.out.WriteString("\n")
		c.printStep(b)
		if b.next != nil && b.next.step.number == b.number+1 {
			c.gen("fallthrough")
		} else if b.next != nil {
			c.gen("%s = %d", c.state, b.next.step.number)
			c.loops = true
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
			for _, v := range slices.SortedFunc(maps.Keys(f.at.step.dead), func(a, b *variable) int { return a.n - b.n }) {
				c.clear(v)
			}
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
				c.gen("%s", c.text(code{leave{a.to, false}}))
			}
			c.gen("}")
		}
	}
}

// printPoll begins the step of a wait.
func (c *coroutine) printPoll(w *wait) {
	var names [2]string
	var later []set
	for i, v := range w.to {
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
	for i, v := range w.to {
		if names[i] != "_" {
			c.unread(v)
		}
	}
	for _, s := range later {
		c.printSet(s)
	}
}

// unread uses a variable that is declared, if only other steps read it.
func (c *coroutine) unread(v *variable) {
	if v.kind == local && !c.does(v, reads) {
		c.gen("_ = %s", c.nameOf(v))
	}
}

// wanted reports whether the current step does more with v than to start it.
func (c *coroutine) wanted(v *variable) bool { return c.does(v, reads) || c.does(v, writes) }

func (c *coroutine) does(v *variable, what what) bool {
	return slices.Contains(c.cur.events, event{of: v, what: what})
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
		c.unread(v)
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
	case v.kind == boxed || v.kind == shared:
		c.gen("%s.%s = nil", c.self, v.field)
	case holds(v.typ):
		c.gen("%s.%s = %s", c.self, v.field, c.zeroOf(v))
	}
}
