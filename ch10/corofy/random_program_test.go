package corofy

import (
	"bytes"
	"fmt"
	"go/format"
	"math/rand/v2"
	"slices"
	"strings"
)

// A program is a random coroutine: well-typed, sure to end, and without anything that the
// language leaves open.
type program struct {
	seed   uint64
	outer  *block // of the function around the coroutine
	result string // the type, and with names what is declared
	body   *block
}

// A block is a list of statements. A piece of one is text, or a block inside.
type block struct{ list []*piece }
type piece struct{ parts []any }

func put(parts ...any) *piece { return &piece{parts} }

func (b *block) write(to *strings.Builder) {
	for _, s := range b.list {
		for _, part := range s.parts {
			if inner, ok := part.(*block); ok {
				inner.write(to)
				continue
			}
			fmt.Fprintln(to, part)
		}
	}
}

// writeLoose has several statements in a line, and comments.
func (b *block) writeLoose(to *strings.Builder, r *rand.Rand) {
	for i, s := range b.list {
		line := len(s.parts) == 1 && !strings.Contains(fmt.Sprint(s.parts[0]), "\n")
		for _, part := range s.parts {
			if inner, ok := part.(*block); ok {
				inner.writeLoose(to, r)
				continue
			}
			fmt.Fprint(to, part)
			if !line {
				fmt.Fprintln(to)
			}
		}
		switch n := r.IntN(8); {
		case !line:
		case n < 3 && i < len(b.list)-1:
			to.WriteString("; ")
		case n == 3 && i < len(b.list)-1:
			to.WriteString("; /* inside */ ")
		case n == 4:
			to.WriteString(" // behind\n")
		case n == 5:
			to.WriteString(" /* two\nlines */\n")
		case n == 6:
			to.WriteString("\n// alone\n")
		default:
			to.WriteString("\n")
		}
	}
}

// source returns the file of a program that registers itself with this name.
func (p *program) source(name string) []byte {
	src := p.text(name)
	return bytes.ReplaceAll(src, fmt.Append(nil, "_", p.seed), []byte("_"+name)) // a local type may become one of the package
}

func (p *program) text(name string) []byte {
	var b strings.Builder
	typ, results, _ := strings.Cut(p.result, "|")
	fmt.Fprintf(&b, "%s\n\npackage main\n\nimport (\n\"errors\"\n\"fmt\"\n\n\"ch10/future\"\n)\n\nvar _ = fmt.Sprint(errors.New(\"\"))\n", tag)
	fmt.Fprintf(&b, "\nfunc init() { add(%q, %[1]s) }\n\nfunc %[1]s(w *World) future.Future[%s] {\n", name, typ)
	p.outer.write(&b)
	fmt.Fprintf(&b, "return future.Async(func(co *future.Co) (%s) {\n", results)
	if p.seed%3 == 0 && !*randomTame { // not as gofmt has it
		p.body.writeLoose(&b, rand.New(rand.NewPCG(p.seed, 3)))
		b.WriteString("})\n}\n")
		return []byte(b.String())
	}
	p.body.write(&b)
	b.WriteString("})\n}\n")
	src, err := format.Source([]byte(b.String()))
	if err != nil {
		return []byte(b.String())
	}
	return src
}

// smaller returns programs with one statement less, or with one taken out of what is around it.
func (p *program) smaller() (all []*program) {
	var cut func(b *block)
	try := func(b *block, list []*piece) {
		old := b.list
		b.list = list
		all = append(all, &program{p.seed, p.outer.clone(), p.result, p.body.clone()})
		b.list = old
	}
	cut = func(b *block) {
		for i, s := range b.list {
			rest := func(with ...*piece) []*piece { return slices.Concat(b.list[:i], with, b.list[i+1:]) }
			try(b, rest())
			for _, part := range s.parts {
				if inner, ok := part.(*block); ok {
					try(b, rest(inner.list...))
					cut(inner)
				}
			}
		}
		if n := len(b.list); n > 4 {
			try(b, b.list[n/2:])
			try(b, b.list[:n/2])
		}
	}
	cut(p.outer)
	cut(p.body)
	return all
}

func (b *block) clone() *block {
	c := new(block)
	for _, s := range b.list {
		parts := slices.Clone(s.parts)
		for i, part := range parts {
			if inner, ok := part.(*block); ok {
				parts[i] = inner.clone()
			}
		}
		c.list = append(c.list, &piece{parts})
	}
	return c
}

// A generator makes one program.
type generator struct {
	*rand.Rand
	scopes [][]declared
	f      *function
	looked []declared // what the current statement has looked at
	may    may        // what the expressions of the current statement may have in them
	budget int
	seed   uint64
	n      int // names that are used once
}

// A declared is something that can be read, or assigned to.
type declared struct {
	name, typ string
	fixed     bool // it isn't assigned to
	indirect  bool // what it is depends on the value of a variable
	noAddr    bool
}

// A may says what an expression may have in it. Where calls of functions which change variables and the
// values of variables go together the language leaves their order open: see random_mixed_test.go.
type may int

const (
	mayRead may = iota // variables
	mayWait            // and waits, which change none
	mayCall            // no variables, but calls that change them
	mayMix             // all of that
)

// A function is what statements are in.
type function struct {
	waits     bool
	results   []string // types
	named     bool
	inner     int      // statements around that break without a label leaves
	loops     int      // and those of them that continue means
	breaks    []string // labels
	continues []string
	backs     []string // where a goto may go back to
}

var randomTypes = []string{"int", "int", "int", "int", "string", "string", "bool", "bool", "[]int", "[]int", "*int", "point", "map[string]int", "[3]int", "any", "error", "*point", "summer", "chan int", "func() int"}

func generate(seed uint64) *program {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 9)), budget: 12, seed: seed, scopes: [][]declared{nil}}
	g.f = &function{}
	p := &program{seed: seed, outer: new(block)}
	for range g.IntN(4) {
		g.may = mayRead
		p.outer.list = append(p.outer.list, g.declare())
	}
	if g.one(6) && !*randomTame {
		p.outer.list = append(p.outer.list, g.local())
	}
	if g.IntN(3) == 0 {
		s, _ := g.closure()
		p.outer.list = append(p.outer.list, s)
	}
	typ := g.pick("int", "string", "[]int", "point", "bool", "any", "map[string]int", "[3]int")
	p.result = typ + "|" + typ + ", error"
	g.f = &function{waits: true, results: []string{typ, "error"}}
	g.push()
	if g.IntN(3) == 0 {
		p.result = typ + "|res " + typ + ", err error"
		g.f.named = true
		g.add(declared{name: "res", typ: typ}, declared{name: "err", typ: "error"})
	}
	g.budget = 8 + g.IntN(30)
	var ends bool
	p.body, ends = g.list(4, 14, false)
	if !ends {
		p.body.list = append(p.body.list, g.return_())
	}
	return p
}

func (g *generator) push() { g.scopes = append(g.scopes, nil) }
func (g *generator) pop()  { g.scopes = g.scopes[:len(g.scopes)-1] }
func (g *generator) add(vs ...declared) {
	g.scopes[len(g.scopes)-1] = append(g.scopes[len(g.scopes)-1], vs...)
}
func (g *generator) pick(s ...string) string { return s[g.IntN(len(s))] }
func (g *generator) one(n int) bool          { return g.IntN(n) == 0 }

// label and the like are used once in a program.
func (g *generator) unique(prefix string) string {
	g.n++
	return fmt.Sprint(prefix, g.n)
}

// fresh returns a name that isn't declared in the innermost scope: most likely it is in another, or
// corofy likes it, too.
func (g *generator) fresh() string {
	for {
		name := g.pick("a", "b", "c", "x", "y", "n", "s", "i", "j", "k", "p", "v", "v2", "err", "ok", "tmp", "state", "r", "key", "index", "bound",
			"over", "fn", "arg", "method", "poll", "zero", "cond", "tag", "done", "fut1", "defers", "e", "m", "q", "t", "u")
		if !slices.ContainsFunc(g.scopes[len(g.scopes)-1], func(d declared) bool { return d.name == name }) {
			return name
		}
	}
}

// all returns what has the type t and can be mentioned.
func (g *generator) all(t string, want func(d declared) bool) (found []declared) {
	seen := map[string]bool{}
	for _, scope := range slices.Backward(g.scopes) {
		for _, v := range slices.Backward(scope) {
			if seen[v.name] {
				continue
			}
			seen[v.name] = true
			for _, d := range append([]declared{v}, g.parts(v)...) {
				if d.typ == t && want(d) {
					found = append(found, d)
				}
			}
		}
	}
	return found
}

// parts returns the variables that a variable has in it.
func (g *generator) parts(v declared) []declared {
	part := func(format, typ string) declared {
		return declared{name: fmt.Sprintf(format, v.name), typ: typ, fixed: v.fixed}
	}
	switch v.typ {
	case "point":
		return []declared{part("%s.a", "int"), part("%s.b", "string")}
	case "[3]int":
		return []declared{part("%s[1]", "int"), part("%s[2]", "int")}
	case "*point":
		return []declared{{name: v.name + ".a", typ: "int", indirect: true}, {name: v.name + ".b", typ: "string", indirect: true}}
	case "*int":
		return []declared{{name: "*" + v.name, typ: "int", indirect: true}}
	case "map[string]int":
		return []declared{{name: v.name + `["k"]`, typ: "int", indirect: true, noAddr: true}}
	}
	return nil
}

// variable returns something of type t that can be assigned to; "" if there is nothing.
func (g *generator) variable(t string, addr bool) string {
	found := g.all(t, func(d declared) bool {
		return !d.fixed && !(addr && (d.noAddr || d.indirect)) && !(d.indirect && g.may == mayCall)
	})
	if len(found) == 0 {
		return ""
	}
	return found[g.IntN(len(found))].name
}

// functions returns what can be called without reading a variable that changes.
func (g *generator) functions() []declared {
	return g.all("func() int", func(d declared) bool { return d.fixed })
}
