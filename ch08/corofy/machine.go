package corofy

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// A machine is the flat program that a body becomes: steps, each of which ends by
// saying which comes next.
type machine struct {
	states   []*state
	before   []*state // of the first pass
	cur      *state   // that code is added to
	shown    map[*ast.Comment]bool
	mine     bool     // the last line of it is the reader's own
	targets  []target // of break and continue
	labels   map[types.Object]*state
	nHidden  int     // how many hidden variables there have been
	futs     []field // futures that are waited for, one for each type
	futTypes []types.Type
	loop     string // the label of Poll's loop; "" if none is needed
}

// A state is one step.
type state struct {
	note  string
	text  strings.Builder
	waits bool // it begins with a poll

	exits  []exit
	before int // exits that lead here
	events []event
	names  map[string]map[types.Object]bool // mentioned in its text
	copies map[*variable]bool               // made for functions inside, and still good
	made   map[*variable]bool               // made at all
	decls  map[*ast.GenDecl]bool            // of constants and types, that it has
	live   map[*variable]bool               // when it begins
	dead   map[*variable]bool               // that a wait clears
}

// An exit is where a step may end: after so many of its events.
type exit struct {
	to *state
	at int
}

// A target is a statement that break and continue may mean.
type target struct {
	label     types.Object // nil: none
	breaks    *state
	continues *state // nil: not a loop
}

// newState returns a step. Its number is its place in the order in which code is added.
func (c *coroutine) newState(note string) *state {
	return &state{note: note, names: map[string]map[types.Object]bool{}, copies: map[*variable]bool{}, made: map[*variable]bool{}, decls: map[*ast.GenDecl]bool{}}
}

// begin adds what follows to s.
func (c *coroutine) begin(s *state) {
	c.endMine()
	c.states = append(c.states, s)
	c.cur = s
}

// mark stands for a state's number, which is known when all are.
func mark(s *state) string { return fmt.Sprintf("\x00%p\x00", s) }

// gen adds a line that corofy writes.
func (c *coroutine) gen(format string, a ...any) {
	c.endMine()
	fmt.Fprintf(&c.cur.text, format+"\n", a...)
}

// own adds a piece of the source.
func (c *coroutine) own(code string) {
	if code = strings.TrimRight(strings.TrimLeft(code, "; \n\t"), " \n\t"); code == "" {
		return
	}
	if !c.mine {
		fmt.Fprintf(&c.cur.text, "// ---- Code you actually wrote ----\n")
	}
	c.mine = true
	fmt.Fprintf(&c.cur.text, "%s\n", code)
}

func (c *coroutine) endMine() {
	if c.mine {
		fmt.Fprintf(&c.cur.text, "// ---------------------------------\n")
		c.mine = false
	}
}

// jump has s come next.
func (c *coroutine) jump(s *state) {
	if c.cur == nil {
		return
	}
	c.edge(s)
	c.gen("%s = %s", c.state, mark(s))
	c.cur = nil
}

func (c *coroutine) edge(s *state) {
	c.cur.exits = append(c.cur.exits, exit{s, len(c.cur.events)})
	s.before++
}

// meet goes on with s, if any step leads there.
func (c *coroutine) meet(s *state) {
	c.jump(s)
	if s.before > 0 {
		c.begin(s)
	}
}

// leave is code inside of a step that ends it. Within a loop or the like of the source
// it needs the label of Poll's loop.
func (c *coroutine) leave(s *state, nested bool) string {
	c.edge(s)
	if nested {
		if c.loop == "" {
			c.loop = c.fresh("poll")
		}
		return fmt.Sprintf("%s = %s\ncontinue %s", c.state, mark(s), c.loop)
	}
	return fmt.Sprintf("%s = %s\ncontinue", c.state, mark(s))
}

// event notes what the step does with v.
func (c *coroutine) event(v *variable, what what) {
	c.cur.events = append(c.cur.events, event{v, what})
	v.home[c.cur] = true
	if what == starts {
		delete(c.cur.copies, v)
	}
}

// copies makes those copies of fields that the functions inside of a piece of the source need.
// Constants that another step has declared, and that it needs, are declared once more.
func (c *coroutine) copies(pos, end token.Pos) { c.copiesTo(&c.cur.text, pos, end) }

func (c *coroutine) copiesTo(out *strings.Builder, pos, end token.Pos) {
	for _, m := range c.visible(pos, end) {
		if d := c.decls[c.info.Uses[m.id]]; d != nil && d.Tok == token.CONST && !c.cur.decls[d] {
			c.cur.decls[d] = true
			c.copies(d.Pos(), d.End())
			c.gen("%s", c.code(d.Pos(), d.End()))
		}
		v := c.vars[c.info.ObjectOf(m.id)]
		if !c.final || !m.inside || v == nil || v.kind == local || c.cur.copies[v] {
			continue
		}
		op := ":="
		if c.cur.made[v] {
			op = "="
		}
		fmt.Fprintf(out, "%s %s %s.%s\n", v.local, op, c.self, v.field)
		c.cur.copies[v], c.cur.made[v] = true, true
	}
}

// unused returns a name that the source doesn't mention in the current step.
func (c *coroutine) unused(name string) string {
	got := name
	for i := 2; got == c.future || c.cur.names[got] != nil || c.first(len(c.states) - 1).names[got] != nil || c.isLocal(got); i++ {
		got = fmt.Sprint(name, i)
	}
	return got
}

// first returns what the first pass knew of a step.
func (c *coroutine) first(n int) *state {
	if n < len(c.before) {
		return c.before[n]
	}
	return c.cur
}

func (c *coroutine) isLocal(name string) bool {
	return slices.ContainsFunc(c.order, func(v *variable) bool { return v.local == name })
}

func sorted(set map[*variable]bool) []*variable {
	return slices.SortedFunc(maps.Keys(set), func(a, b *variable) int { return strings.Compare(a.field+" "+a.obj.Name(), b.field+" "+b.obj.Name()) })
}
