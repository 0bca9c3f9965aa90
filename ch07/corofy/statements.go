package corofy

import "strings"

// copies makes those copies of fields that the functions inside of a piece of code need.
func (c *coroutine) copies(cd code) {
	c.visit(cd, func(part any) {
		var v *variable
		switch part := part.(type) {
		case *ident:
			if part.inside {
				v = c.vars[part.obj]
			}
		case ref:
			if part.inside {
				v = c.vars[part.obj]
			}
		}
		if v == nil || v.kind == local || c.cur.copies[v] {
			return
		}
		op := ":="
		if c.cur.made[v] {
			op = "="
		}
		c.gen("%s %s %s.%s", v.local, op, c.self, v.field)
		c.cur.copies[v], c.cur.made[v] = true, true
	})
}

// printText prints a piece of the source, or a line of corofy's own.
func (c *coroutine) printText(t text) {
	c.copies(t.code)
	if line := c.text(t.code); t.own {
		c.own(line)
	} else if line = strings.TrimSpace(line); line != "" {
		c.gen("%s", line)
	}
	for _, id := range c.declaredBy(t.stmt) {
		if v := c.vars[c.info.Defs[id]]; v != nil {
			delete(c.cur.copies, v)
			if v.kind == local && !c.does(v, reads) { // only other steps do
				c.gen("_ = %s", c.nameOf(v))
			}
		}
	}
}
