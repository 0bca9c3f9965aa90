package corofy

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// Pass 5, place: steps → where each variable lives. One that is alive where a step begins has to be in the struct;
// one that others may see, too, has a box there. All others stay in Poll.
func (c *coroutine) place() {
	c.liveness()
	c.forget()
	crosses := map[*variable]bool{}
	for _, b := range c.blocks {
		maps.Copy(crosses, b.live)
	}
	for _, v := range c.order {
		switch {
		case v.kind == captured || v.kind == shared:
		case v.box && (v.always || crosses[v] || len(v.home) > 1):
			v.kind = boxed
		case v.always || crosses[v] || v.reused:
			v.kind = framed
		}
	}
	c.moveTypes()
	for _, v := range c.order {
		if v.kind == local {
			continue
		}
		v.field = c.fieldName(v.name)
		typ := c.text(code{c.typeOf(v)})
		if v.kind == boxed || v.kind == shared {
			typ = "*" + typ
		}
		c.fields = append(c.fields, field{name: v.field, typ: typ})
	}
	for _, b := range c.blocks {
		if b.poll != nil {
			b.poll.in = c.futField(b.poll.call)
		}
	}
	c.steps() // to see all types that it mentions, which may have to be imported or moved
	for _, v := range c.order {
		if v.local = ""; v.obj != nil {
			v.local = v.name
			if c.hides(v) {
				v.local = c.fresh(v.name)
			}
			if v.copied && v.kind != local || v.local != v.name {
				c.copyNames[v.local] = true
			}
		}
	}
}

// hides reports whether the name of v means something else, where it is to be one of Poll's.
func (c *coroutine) hides(v *variable) bool {
	if v.name == c.future || types.Universe.Lookup(v.name) != nil || c.inTypes[v.name] {
		return true
	}
	other := func(named map[types.Object]bool) bool {
		for obj := range named {
			if obj != v.obj && (c.vars[obj] != nil || obj == nil || !c.isOwn(obj) || c.decls[obj] != nil) {
				return true
			}
		}
		return false
	}
	found := v.kind != local && other(c.all[v.name]) // a copy for functions inside may be anywhere
	for b := range v.home {
		found = found || other(b.names[v.name])
	}
	return found
}

// fieldName returns a name that no field of the struct has, and takes it.
func (c *coroutine) fieldName(name string) string {
	for i := 2; c.used[name]; i++ {
		name = fmt.Sprint(strings.TrimRight(name, "0123456789"), i)
	}
	c.used[name] = true
	return name
}

// futField returns the index of the field for the future of a wait. Only one is waited for at a time, so those
// of one type share a field.
func (c *coroutine) futField(call *ast.CallExpr) int {
	f, line := c.leaf(call.Args[1]), fmt.Sprint(c.line(call.Pos()))
	if f.typ == "" {
		f = field{typ: c.text(code{c.future, ".Future[", c.typeText(call.Pos(), c.info.TypeOf(call).(*types.Tuple).At(0).Type()), "]"}), zero: "nil", drops: true}
	}
	for i := range c.futs {
		if c.futs[i].typ == f.typ {
			c.futs[i].note += ", " + line
			return i
		}
	}
	f.name, f.note = c.fieldName("fut1"), "line "+line
	c.futs = append(c.futs, f)
	return len(c.futs) - 1
}

// liveness finds out which variables matter when a step begins: those that some way
// from there reads before it starts them anew. It is the textbook's backward data flow.
func (c *coroutine) liveness() {
	for changed := true; changed; {
		changed = false
		for _, b := range slices.Backward(c.blocks) {
			if live := c.liveIn(b); len(live) != len(b.live) { // it only grows
				b.live, changed = live, true
			}
		}
	}
}

// liveIn goes from the end of a step to its beginning.
func (c *coroutine) liveIn(b *step) map[*variable]bool {
	live := map[*variable]bool{}
	for _, e := range slices.Backward(b.events) {
		switch {
		case e.exit != nil:
			maps.Copy(live, e.exit.step.live)
		case e.what == starts:
			delete(live, e.of)
		case e.what == reads || e.of.box || e.of.kind == shared: // to write to a box takes the box
			live[e.of] = true
		}
	}
	if c.hasDefers { // a step may panic, and a deferred call recover: then they are returned as they are
		for _, v := range c.results {
			live[v] = true
		}
	}
	return live
}

// forget finds out what a step that begins with a wait has to clear before: variables that may
// have a value, but one that nobody wants any more. Nothing is cleared twice.
func (c *coroutine) forget() {
	for _, b := range c.blocks {
		b.held, b.dead = map[*variable]bool{}, map[*variable]bool{}
	}
	for _, v := range c.captures() {
		c.blocks[0].held[v] = true
	}
	for changed := true; changed; {
		changed = false
		for _, b := range c.blocks {
			out := maps.Clone(b.held)
			for v := range out {
				if b.poll != nil && !b.live[v] {
					delete(out, v)
					b.dead[v] = true
				}
			}
			for _, e := range b.events {
				if e.of != nil && e.what != reads {
					out[e.of] = true
				}
			}
			for _, e := range b.events {
				if e.exit != nil {
					held := e.exit.step.held
					before := len(held)
					maps.Copy(held, out)
					changed = changed || len(held) > before
				}
			}
		}
	}
}
