package corofy

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Pass 4, blocks: forms → steps, and which comes after which. A step begins with a wait's poll, or where something leads
// to a label. It says what it does with which variable, in order.

// A step is what Poll does between two waits, or jumps.
type step struct {
	number int
	note   string
	poll   *wait // it begins with
	forms  []form
	next   *label // what comes after the last form; nil: nothing

	events []event
	names  map[string]map[types.Object]bool // mentioned in it
	live   map[*variable]bool               // when it begins
	held   map[*variable]bool               // may have a value then
	dead   map[*variable]bool               // that a wait clears, before it is polled for the first time

	copies map[*variable]string // made for functions inside, and still good
	made   map[*variable]bool   // made at all
	chosen map[string]bool      // names of temporaries
}

// An event is what a step does with a variable, or where it may end.
type event struct {
	of   *variable
	what what
	exit *label
}

type what int

const (
	reads  what = iota
	writes      // assigns to it, which may be in a branch
	starts      // declares it, or assigns to it in any case: what it was before doesn't matter
)

func (c *coroutine) divide() {
	c.begin("", nil)
	for _, f := range c.forms {
		switch f := f.(type) {
		case *label:
			if f.refs == 0 {
				continue // only what stands before leads there
			}
			c.fall(f)
			c.begin(f.note, nil)
			f.step = c.cur
			continue
		case jump:
			c.fall(f.to)
			continue
		case text:
			if c.cur == nil && f.stmt == nil && len(c.blocks) > 0 { // a comment after a return
				last := c.blocks[len(c.blocks)-1]
				last.forms = append(last.forms, f)
				continue
			}
		}
		if c.cur == nil { // nobody comes here, but Go wants it to compile
			c.begin("", nil)
		}
		c.cur.forms = append(c.cur.forms, f)
		switch f := f.(type) {
		case text:
			if f.ends {
				c.cur = nil
			}
		case choice:
			if f.all {
				c.cur = nil
			}
		case wait:
			c.fall(f.at)
			c.begin(f.at.note, &f)
			f.at.step = c.cur
		}
	}
	for _, b := range c.blocks {
		c.scan(b)
	}
}

func (c *coroutine) begin(note string, poll *wait) {
	c.cur = &step{number: len(c.blocks), note: note, poll: poll, names: map[string]map[types.Object]bool{}}
	c.blocks = append(c.blocks, c.cur)
}

// fall has l come after the current step.
func (c *coroutine) fall(l *label) {
	if c.cur != nil {
		c.cur.next = l
	}
	c.cur = nil
}

// scan notes what a step does.
func (c *coroutine) scan(b *step) {
	c.cur = b
	if w := b.poll; w != nil {
		for i, v := range w.to {
			if v != nil {
				c.begins(v, w.start[i])
			}
		}
	}
	for _, f := range b.forms {
		switch f := f.(type) {
		case text:
			c.events(f.code)
			if s, ok := f.stmt.(*ast.AssignStmt); ok && s.Tok == token.ASSIGN { // which sets them in any case
				for _, x := range s.Lhs {
					if id, ok := x.(*ast.Ident); ok && c.vars[c.info.Uses[id]] != nil {
						c.begins(c.vars[c.info.Uses[id]], false)
					}
				}
			}
		case set:
			c.events(f.value)
			c.begins(f.to, f.start)
		case wait:
			c.events(f.fut)
			c.event(event{exit: f.at})
		case choice:
			c.events(f.head)
			for _, a := range f.arms {
				c.events(a.head)
				for _, s := range a.sets {
					c.events(s.value)
					c.begins(s.to, s.start)
				}
				c.event(event{exit: a.to})
			}
		}
	}
	if b.next != nil {
		c.event(event{exit: b.next})
	}
	c.cur = nil
}

func (c *coroutine) event(e event) {
	c.cur.events = append(c.cur.events, e)
	if v := e.of; v != nil {
		v.reused = v.reused || e.what != starts && !v.home[c.cur]
		v.home[c.cur] = true
	}
}

// begins notes that v is set: as a new variable, or as one that others may see.
func (c *coroutine) begins(v *variable, isNew bool) {
	if isNew || !v.box && v.kind != shared {
		c.event(event{of: v, what: starts})
	} else {
		c.event(event{of: v, what: writes})
	}
}

// events notes what code does.
func (c *coroutine) events(cd code) {
	c.visit(cd, func(part any) {
		switch part := part.(type) {
		case *ident:
			if !part.member {
				c.mentions(part.Name, part.obj)
			}
			if v := c.vars[part.obj]; v != nil {
				v.copied = v.copied || part.inside
				does := reads
				if c.info.Defs[part.Ident] != nil {
					does = starts
				} else if part.pure {
					does = writes
				}
				c.event(event{of: v, what: does})
			}
		case ref:
			if v := c.vars[part.obj]; v != nil {
				v.copied = v.copied || part.inside
				c.event(event{of: v, what: reads})
			}
		case *variable:
			c.event(event{of: part, what: reads})
		case declare:
			for _, v := range part.vars {
				if v != nil {
					c.event(event{of: v, what: starts})
				}
			}
		case leave:
			c.event(event{exit: part.to})
		}
	})
}

// mentions notes that the step mentions obj.
func (c *coroutine) mentions(name string, obj types.Object) {
	for _, all := range []map[string]map[types.Object]bool{c.cur.names, c.all} {
		if all[name] == nil {
			all[name] = map[types.Object]bool{}
		}
		all[name][obj] = true
	}
}
