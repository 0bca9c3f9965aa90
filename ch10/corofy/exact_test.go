package corofy

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var onlyExact = flag.String("exact", "", "try the exact cases whose name matches this regular expression, instead of some of them")

// An exact is a case of testdata/exact. It begins with a line "=== name", or "=== right: name" if
// corofy may not refuse it, or "=== refused: name" if it must. What follows is one of:
//
//	the body of a coroutine that returns (any, error), with w *World;
//	declarations of one file, with a func New(w *World) of some future, or a var New that is such a function;
//	files, each behind "-- name.go --", of a package p that imports m/future and m/world, with such a New.
//
// In the file order.txt, a case is one line: name | declarations | expression | what a wait changes.
type exact struct {
	id, name, want string
	src            string
	files          map[string]string // nil: src is all
	failed         string
}

func exactCases(t *testing.T) (all []*exact) {
	t.Helper()
	names, err := filepath.Glob("testdata/exact/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range names {
		group := strings.TrimSuffix(filepath.Base(name), ".txt")
		for i, text := range strings.Split("\n"+strings.ReplaceAll(read(t, name), "\r\n", "\n"), "\n=== ") {
			if i == 0 {
				if group == "order" {
					all = append(all, orderCases(t, text)...)
				}
				continue // what is said before the first case
			}
			c := new(exact)
			c.name, c.src, _ = strings.Cut(text, "\n")
			if want, rest, found := strings.Cut(c.name, ": "); found && (want == "right" || want == "refused") {
				c.want, c.name = want, rest
			}
			c.name = group + ": " + c.name
			all = append(all, c)
		}
	}
	n := 0
	all = slices.DeleteFunc(all, func(c *exact) bool {
		n++
		return *onlyExact == "" && n%24 != 0 || !regexp.MustCompile(*onlyExact).MatchString(c.name)
	})
	for i, c := range all {
		c.id = fmt.Sprint("c", i)
		c.expand()
	}
	return all
}

const exactImports = "atomic|bytes|errors|fmt|iter|maps|math|os|reflect|runtime|slices|sort|strconv|strings|sync|time|unsafe"

var (
	fileMark = regexp.MustCompile(`(?m)^-- (\S+) --\n`)
	mentions = regexp.MustCompile(`\b(` + exactImports + `)\.[A-Z]`)
	paths    = map[string]string{"atomic": "sync/atomic"}
)

// expand makes files of what stands in a case.
func (c *exact) expand() {
	if at := fileMark.FindAllStringSubmatchIndex(c.src, -1); at != nil {
		c.files = map[string]string{}
		for i, m := range at {
			end := len(c.src)
			if i+1 < len(at) {
				end = at[i+1][0]
			}
			text := c.src[m[1]:end]
			if !strings.Contains(text, "\r") {
				text = strings.NewReplacer(`\r`, "\r", `\ufeff`, "\ufeff").Replace(text)
			}
			c.files[c.src[m[2]:m[3]]] = text
		}
		return
	}
	imports := map[string]bool{`"m/future"`: true}
	for _, m := range mentions.FindAllStringSubmatch(c.src, -1) {
		imports[fmt.Sprintf("%q", cmp.Or(paths[m[1]], m[1]))] = true
	}
	body := c.src
	if !regexp.MustCompile(`(?m)^(func|var) New\b`).MatchString(body) {
		body = "func New(w *World) future.Future[any] {\n\treturn future.Async(func(co *future.Co) (any, error) {\n" + body + "\t})\n}\n"
	}
	body = regexp.MustCompile(`(?m)^(func|var) New\b`).ReplaceAllString(body, "$1 New_"+c.id)
	c.src = fmt.Sprintf("%s\n\npackage main\n\nimport (\n%s\n)\n\nfunc init() { add(%q, New_%s) }\n\n%s", tag,
		strings.Join(slices.Sorted(maps.Keys(imports)), "\n"), c.id, c.id, body)
}

// exactPlaces has what stands before a wait, E, in every place that it can have. W is the wait.
var exactPlaces = []string{
	"x_, _ := E, W\nw.Log(show2(x_))",
	"log2(w, E, W)",
	"logT(w, E, W)",
	"w.Log(show2([]any{E, W}[0]))",
	"w.Log(pairOf[int]{n: W}, show2(E))",
	`m_ := map[string]any{"e": E, "w": W}
	w.Log(show2(m_["e"]))`,
	"w.Log(fmt.Sprint(show2(E), W))",
	"(&holder{w}).take(E, W)",
	"defer log2(w, E, W)",
	"func(x, y any) { log2(w, x, 0) }(E, W)",
	"sink := map[any]int{}\nsink[fmt.Sprint(show2(E))] = W\nw.Log(fmt.Sprint(sink))",
	"if log2(w, E, W) {\nw.Log(1)\n}",
	"switch { case log2(w, E, W): w.Log(2) }",
	"for range count(log2(w, E, W)) {\nw.Log(3)\n}",
	"w.Log(show2(append([]any{E}, W, E)[0]))",
	"ch_ := make(chan any, 1)\nch_ <- []any{E, W}\nw.Log(show2((<-ch_).([]any)[0]))",
	"ch_ := make(chan [2]any, 1)\nch_ <- [2]any{E, W}\nw.Log(show2((<-ch_)[0]))",
	"log2(w, E, W+W)",
}

// orderCases makes a case of each line, with all places.
func orderCases(t *testing.T, table string) (all []*exact) {
	for line := range strings.Lines(table) {
		f := strings.Split(strings.TrimSpace(line), " | ")
		if len(f) == 1 || f[0] == "Name" {
			continue
		}
		if len(f) != 4 {
			t.Fatalf("%q", line)
		}
		var b strings.Builder
		for i, place := range exactPlaces {
			place = strings.NewReplacer("E", f[2], "W", "must(future.Wait(co, After(w, 0, func() { "+f[3]+" })))").Replace(place)
			fmt.Fprintf(&b, "{\nw.Log(\""+exactPlace+"%d\")\n%s\n%s\n}\n", i, strings.ReplaceAll(f[1], "; ", "\n"), place)
		}
		b.WriteString("return 0, nil\n")
		all = append(all, &exact{name: "order: " + f[0], want: "right", src: b.String()})
	}
	return all
}

const exactPlace = "place "

// differentPlaces returns the places where what two programs do first is not the same.
func differentPlaces(stackful, corofied string) (all string) {
	split := func(s string) []string {
		s = regexp.MustCompile(`(?m)^"(make|ready)".*\n|^=== .*$`).ReplaceAllString(s, "")
		return regexp.MustCompile(`"`+exactPlace+`\d+" *\n`).Split(s, -1)
	}
	a, b := split(stackful), split(corofied)
	for i := 1; i < min(len(a), len(b), len(exactPlaces)+1); i++ {
		if a[i] != b[i] {
			all += fmt.Sprintf("%q: stackful %.30q, corofied %.30q\n", exactPlaces[i-1], a[i], b[i])
		}
	}
	return all
}

var positioned = regexp.MustCompile(`^(\S+\.go:\d+:\d+: corofy: [^\n]+(\n|$))+$`)

// accepted notes what corofy says, and reports whether it has written something that it may.
func (c *exact) accepted(err error) bool {
	switch {
	case err == nil && c.want == "refused":
		c.failed = "it isn't refused"
	case err == nil:
		return true
	case strings.Contains(err.Error(), "fault of corofy"):
		c.failed = err.Error()
	case c.want == "right":
		c.failed = "refused: " + err.Error()
	case !positioned.MatchString(err.Error()):
		c.failed = "refused without a position: " + err.Error()
	default:
		c.want = "refused"
	}
	return false
}

// TestExact has a case for each thing where corofy must be exact, and for what real code meets: each
// does the same with waits that poll until they have something, on a coroutine, and rewritten; or it is
// refused, with a position.
func TestExact(t *testing.T) {
	all := exactCases(t)
	dir := exactModule(t)
	var rewritten []*exact
	for _, c := range all {
		var err error
		if c.files == nil {
			var text []byte
			text, err = rewriteIn(t, filepath.Join(dir, "all"), "program.go", []byte(c.src))
			write(t, filepath.Join(dir, "all", c.id+".go"), c.src)
			if err == nil {
				write(t, filepath.Join(dir, "all", c.id+"_corofied.go"), string(text))
			}
		} else {
			err = c.writeFiles(t, dir)
		}
		if c.accepted(err) {
			rewritten = append(rewritten, c)
		}
	}
	plain := buildExact(t, dir, "plain", all, "-tags=stackful", "-overlay="+overlay(t, map[string]string{filepath.Join(dir, "future/async.go"): "testdata/plain.go"}))
	stackful := buildExact(t, dir, "stackful", all, "-tags=stackful")
	corofied := buildExact(t, dir, "corofied", rewritten)
	right, refused := 0, 0
	for _, c := range all {
		if c.want != "refused" || c.failed != "" {
			p := strings.Split(c.run(plain), "~\n")
			s := strings.Split(c.run(stackful), "~\n")
			if d := firstDifference("plain", p[0], "stackful", s[0]); d != "" && !strings.HasPrefix(c.failed, "no Go") {
				c.failed += "\nthe case isn't sound: " + d
			} else if slices.Contains(rewritten, c) && c.failed == "" {
				r := c.run(corofied)
				if c.failed = firstDifference("stackful", strings.Join(s, "~\n"), "corofied", r); c.failed != "" && strings.Contains(c.src, exactPlace) {
					if d := differentPlaces(s[0], r); d != "" {
						c.failed = d
					}
				}
			}
			right++
		} else {
			refused++
		}
		t.Run(c.name, func(t *testing.T) {
			if c.failed != "" {
				shown := c.src
				if *onlyExact == "" {
					shown = "" // -exact NAME shows it
				}
				t.Errorf("%.1500s\n%s", c.failed, shown)
			}
		})
	}
	t.Logf("%d cases, %d refused", right+refused, refused)
}

// exactModule makes a module for the cases: those of one file stand together in package main of the folder all.
func exactModule(t *testing.T) string {
	t.Helper()
	world := strings.ReplaceAll(read(t, "testdata/random/main.go"), `"ch10/`, `"m/`)
	dir := module(t, nil)
	for _, name := range []string{"all", "world", "own"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	more := strings.ReplaceAll(read(t, "testdata/exact/helpers.go"), `"ch10/`, `"m/`)
	write(t, filepath.Join(dir, "all/main.go"), world)
	write(t, filepath.Join(dir, "all/helpers.go"), more)
	imports := "" // so that the go command tells of all that a case may import
	for _, name := range strings.Split(exactImports, "|") {
		imports += fmt.Sprintf("import _ %q\n", cmp.Or(paths[name], name))
	}
	write(t, filepath.Join(dir, "all/program.go"), tag+"\n\npackage main\n\n"+imports)
	rename := strings.NewReplacer("package main", "package world", "func main()", "func Main()").Replace
	write(t, filepath.Join(dir, "world/main.go"), rename(world)+`
func Add[T any](name string, f func(w *World) future.Future[T]) { add(name, f) }
`)
	write(t, filepath.Join(dir, "world/helpers.go"), rename(more))
	return dir
}

// writeFiles writes a case that is a package of its own, and has corofy rewrite its files.
func (c *exact) writeFiles(t *testing.T, dir string) (err error) {
	t.Helper()
	at := filepath.Join(dir, c.id)
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(at, "zz_add.go"), fmt.Sprintf("package p\n\nimport \"m/world\"\n\nfunc init() { world.Add(%q, New) }\n", c.id))
	for name, text := range c.files {
		write(t, filepath.Join(at, name), text)
	}
	for name, text := range c.files {
		if head, _, _ := strings.Cut(text, "package "); strings.Contains(head, "stackful") && !strings.Contains(head, "!stackful") {
			if err := fileIn(filepath.Join(at, name), ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// buildExact builds the cases, as two programs. One that the compiler doesn't take is left out, and has failed.
func buildExact(t *testing.T, dir, kind string, cases []*exact, flags ...string) (exes [2]string) {
	t.Helper()
	in := map[string]*exact{}
	imports := ""
	for _, c := range cases {
		in[c.id] = c
	}
	if kind == "corofied" { // there may be sources that are refused, which are for the other builds
		for name, c := range in {
			if c.files == nil && c.failed != "" {
				delete(in, name)
			}
		}
	}
	for i, what := range []string{"all", "own"} {
		exes[i] = filepath.Join(dir, kind+what+".exe")
		for range 20 {
			if what == "own" {
				imports = ""
				for _, c := range in {
					if c.files != nil {
						imports += fmt.Sprintf("import _ \"m/%s\"\n", c.id)
					}
				}
				write(t, filepath.Join(dir, "own/main.go"), "package main\n\nimport \"m/world\"\n"+imports+"\nfunc main() { world.Main() }\n")
			}
			args := slices.Concat([]string{"-C", dir, "build", "-gcflags=m/...=-e", "-ldflags=-s -w", "-o", exes[i]}, flags, []string{"./" + what})
			out, err := exec.Command("go", args...).CombinedOutput()
			if err == nil {
				break
			}
			found := regexp.MustCompile(`(?m)^(?:package m/own\n.*imports m/|#? ?(?:m/|all/)?)(c\d+)\b[^\n]*\n?[^\n]*`).FindAllSubmatch(out, -1)
			if len(found) == 0 {
				t.Fatalf("%s: %v\n%.3000s", kind, err, out)
			}
			for _, m := range found {
				id := string(m[1])
				c := in[id]
				if c == nil {
					continue
				}
				c.failed = fmt.Sprintf("no Go, %s: %s", kind, bytes.ReplaceAll(m[0], []byte(dir), nil))
				delete(in, id)
				if c.files == nil && kind == "corofied" {
					os.Remove(filepath.Join(dir, "all", id+"_corofied.go"))
				} else if c.files == nil {
					os.Remove(filepath.Join(dir, "all", id+".go"))
				}
			}
		}
	}
	return exes
}

// run returns what a case does.
func (c *exact) run(exes [2]string) string {
	exe := exes[0]
	if c.files != nil {
		exe = exes[1]
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, exe, c.id).CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%s\n=== %v", out, err)
	}
	out = regexp.MustCompile(`0x[0-9a-f]{6,}`).ReplaceAll(out, []byte("0x")) // an address is as good as another
	return strings.ReplaceAll(string(out), c.id, "ID")
}
