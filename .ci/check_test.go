package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A tree is a small repository: path → text. Texts come without imports, so
// that the compiler has little to do.
type tree map[string]string

// good is a tree that keeps every rule: ch02 changes main.go, adds the package sub, drops old.go and
// carries the rest; ch03 is ch02 once more.
func good() tree {
	tr := tree{
		".gitignore":         "/ch01/ignored\n",
		".ci/tool.go":        "package main\n",
		".ci/book.tsv":       "# chapter\tpage\tsection\n01\t3\t*One\n01\t4\tFirst steps\n01\t4\tThe end\n02\t9\tTwo\n",
		".ci/book_names.tsv": "# chapter\tname\tkind\texamples\n01\trun\tfn\ta\n02\tPoll::new\tfn\tb\n",
		"Makefile":           "",
		"README.md":          "See [ch01](ch01/README.md).\n",
		"go.work":            "go 1.26.0\n\nuse (\n\t./ch01\n\t./ch02\n\t./ch03\n)\n",
		"ch01/README.md": "## Book → here\n\n| page | book | here |\n|---|---|---|\n| 3, 4 | One · First steps | `run` |\n| 4 | The end | none |\n\n" +
			readme("## Files", "`go.mod` | added", "`main.go` | added", "`*_test.go` `kit/*_test.go` | added", "`kit/kit.go` | added", "`sum_amd64.s` | added", "`old.go` | added", "`testdata/a.go` | added"),
		"ch01/go.mod":          "module ch01\n\ngo 1.26.0\n",
		"ch01/main.go":         "package main\n\nfunc main() { run() }\n\nfunc run() {}\n",
		"ch01/main_test.go":    "package main\n",
		"ch01/kit/kit.go":      "package kit\n\n// Main does nothing.\nfunc Main() {}\n",
		"ch01/kit/kit_test.go": "package kit\n",
		"ch01/sum_amd64.s":     "// Nothing yet.\n",
		"ch01/old.go":          "package main\n",
		"ch01/testdata/a.go":   "package main\n",
		"ch01/ignored":         "a binary",
		"ch02/README.md": "## The idea, in code\n\nSee [sub/sub.go](sub/sub.go):\n\n```go\nfunc Do() {}\n```\n\n## Book → here\n\n| page | book | here |\n|---|---|---|\n| 9 | Two | `poll::Poll::new()` |\n\n" +
			readme("## Changed since ch01", "`main.go` | changed", "`kit/*_test.go` `sub/*_test.go` | added, removed", "`sub/sub.go` | added", "`old.go` | removed"),
		"ch02/go.mod":          "module ch02\n\ngo 1.26.0\n",
		"ch02/go.sum":          "",
		"ch02/main.go":         "package main\n\nimport \"ch02/sub\"\n\nfunc main() { run(); sub.Do() }\n\nfunc run() {}\n",
		"ch02/main_test.go":    "package main\n",
		"ch02/kit/kit.go":      "package kit\n\n// Main does nothing.\nfunc Main() {}\n",
		"ch02/sum_amd64.s":     "// Nothing yet.\n",
		"ch02/testdata/a.go":   "package main\n",
		"ch02/sub/sub.go":      "package sub\n\nfunc Do() {}\n",
		"ch02/sub/sub_test.go": "package sub\n",
	}
	for name, text := range tr {
		if after, ok := strings.CutPrefix(name, "ch02/"); ok && after != "README.md" {
			tr["ch03/"+after] = strings.ReplaceAll(text, "ch02", "ch03")
		}
	}
	tr["ch03/README.md"] = readme("## Changed since ch02")
	return tr
}

func readme(heading string, rows ...string) string {
	text := "# title\n\n" + heading + "\n\n| file | | why |\n|---|---|---|\n"
	for i, r := range rows {
		text += fmt.Sprintf("| %s | a reason \\| or %d |\n", r, i)
	}
	return text + "\n## Next\n\n| `other` | table |\n"
}

// write makes the tree a repository that git knows nothing of yet.
func (tr tree) write(t *testing.T) {
	t.Helper()
	root := t.TempDir()
	t.Chdir(root)
	for name, text := range tr {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("git", "init", "-q", root).CombinedOutput(); err != nil {
		t.Fatalf("git init: %v: %s", err, out)
	}
}

func init() { systems = []string{"freebsd/amd64"} } // one that the tests don't run on

func TestGoodTree(t *testing.T) {
	good().write(t)
	var out bytes.Buffer
	err := check(append(slices.Clone(quick), each(alone), each(generated), vet), &out)
	if want := "check: the rules hold in ch01, ch02, ch03\n"; err != nil || out.String() != want {
		t.Errorf("%v, want %q, got:\n%s", err, want, out.String())
	}
}

func TestFindingsAreAllPrinted(t *testing.T) {
	tr := good()
	tr["LICENSE"], tr["notes.txt"] = "x", "x"
	tr["ch02/go.mod"] = "module other\n"
	tr.write(t)
	var out bytes.Buffer
	if check(quick, &out) == nil {
		t.Error("all is well")
	}
	for _, want := range []string{"check: LICENSE: ", "check: notes.txt: ", "check: ch02/go.mod: "} {
		if !strings.Contains("\n"+out.String(), "\n"+want) {
			t.Errorf("%q is missing in:\n%s", want, out.String())
		}
	}
}

// Each case changes the good tree in one way. The rule must say want; ""
// stands for what is allowed.
var cases = []struct {
	name string
	rule rule
	edit func(tree)
	want string
}{
	{"file at the top", layout, set("LICENSE", "x"), "LICENSE: only ch01 to ch10"},
	{"folder at the top", layout, set("util/util.go", "package util\n"), "util/util.go: only ch01 to ch10"},
	{"chapter 11", layout, set("ch11/main.go", "package main\n"), "ch11/main.go: only ch01 to ch10"},
	{"file named as a chapter", layout, set("ch04", "x"), "ch04: only ch01 to ch10"},
	{"ignored at the top", layout, edits(set(".gitignore", "/a.out\n/ch01/ignored\n"), set("a.out", "x")), ""},

	{"go.work lacks a chapter", layout, set("go.work", "go 1.26.0\n\nuse ./ch01\n"), "go.work: end it with the chapters that are here: use (\n\t./ch01\n\t./ch02\n\t./ch03\n)"},
	{"go.work has one more", layout, set("go.work", "go 1.26.0\n\nuse (\n\t./ch01\n\t./ch02\n\t./ch03\n\t./ch04\n)\n"), "go.work: end it with the chapters that are here"},

	{"second main", layout, set("ch02/cmd/x/x.go", "package main\n"), "ch02/cmd/x/x.go: package main below"},
	{"main in a test below", layout, set("ch02/sub/x_test.go", "package main\n"), "ch02/sub/x_test.go: package main below"},
	{"no main", layout, set("ch01/main.go", "package one\n", "ch01/old.go", "package one\n"), "ch01/main.go: missing, or not package main"},
	{"main only in tests", layout, set("ch02/main.go", ""), "ch02/main.go: missing, or not package main"},
	{"main in a text", layout, set("ch02/sub/x.go", "package sub\n\nconst s = `\npackage main\n`\n"), ""},

	{"module's name", layout, set("ch02/go.mod", "module example.com/ch02\n"), "ch02/go.mod: begin it with module ch02"},
	{"dependency", layout, set("ch02/go.mod", "module ch02\n\nrequire example.com/x v1.0.0\n"), "ch02/go.mod: requires example.com/x"},
	{"indirect dependency", layout, set("ch02/go.mod", "module ch02\n\nrequire example.com/x v1.0.0 // indirect\n"), "ch02/go.mod: requires example.com/x"},
	{"x/sys", layout, set("ch02/go.mod", "module ch02\n\nrequire golang.org/x/sys v0.49.0\n"), ""},
	{"no module", layout, remove("ch02/go.mod"), "ch02/go.mod: begin it with module ch02"},

	{"not formatted", layout, set("ch02/sub/sub.go", "package  sub\n"), "ch02/sub/sub.go: not formatted: gofmt -w ch02/sub/sub.go"},
	{"not formatted in .ci", layout, set(".ci/tool.go", "package  main\n"), ".ci/tool.go: not formatted"},
	{"no Go", layout, set("ch02/sub/sub.go", "package\n"), "ch02/sub/sub.go: not formatted"},

	{"no kit", layout, remove("ch01/kit/kit.go"), "ch01/kit/kit.go: missing"},
	{"kit differs", each(changes), set("ch02/kit/kit.go", "package kit\n"), "ch02/kit/kit.go: differs from ch01/kit/kit.go"},
	{"kit differs and is listed", each(changes), edits(set("ch02/kit/kit.go", "package kit\n"), addRow("ch02", "`kit/kit.go` | changed | reason")), "ch02/kit/kit.go: differs from ch01/kit/kit.go"},

	{"a test twice", each(testsOnce), set("ch02/kit/kit_test.go", "package kit\n"), "ch02/kit: is the same as in ch01, where its tests stand"},
	{"all tests in the last chapter", each(testsOnce), set("ch03/kit/kit_test.go", "package kit\n"), ""},
	{"a new package without tests", each(testsOnce), remove("ch02/sub/sub_test.go"), "ch02/sub: has changed, and has no tests"},
	{"a changed package without tests", each(testsOnce), edits(inBoth("kit/more.go", "package kit\n"), remove("ch01/kit/more.go")), "ch02/kit: has changed, and has no tests"},
	{"a package that lost a file", each(testsOnce), set("ch01/kit/more.go", "package kit\n"), "ch02/kit: has changed, and has no tests"},
	{"what tests call", each(testsOnce), set("ch02/help/help.go", "package help\n\nimport (\n\t\"testing\"\n)\n\nfunc Help(*testing.T) {}\n"), ""},

	{"drifted", each(changes), set("ch02/sum_amd64.s", "// Something.\n"), "ch02/sum_amd64.s: differs from ch01/sum_amd64.s: make carry FROM=ch01 FILE=sum_amd64.s, or list it"},
	{"changed and listed", each(changes), edits(set("ch02/sum_amd64.s", "// Something.\n", "ch03/sum_amd64.s", "// Something.\n"), addRow("ch02", "`sum_amd64.s` | changed | reason")), ""},
	{"the same but for chNN", each(changes), set("ch01/sum_amd64.s", "ch01/x\n", "ch02/sum_amd64.s", "ch02/x\n", "ch03/sum_amd64.s", "ch03/x\n"), ""},
	{"a longer word is no chapter", each(changes), set("ch01/sum_amd64.s", "arch01\n", "ch02/sum_amd64.s", "arch02\n"), "ch02/sum_amd64.s: differs"},

	{"added, not listed", each(changes), set("ch02/new.go", "package main\n"), "ch02/README.md: add a row: | `new.go` | added | reason |"},
	{"removed, not listed", each(changes), remove("ch02/sum_amd64.s"), "ch02/README.md: add a row: | `sum_amd64.s` | removed | reason |"},
	{"a removed test, not listed", each(changes), edits(remove("ch02/testdata/a.go"), remove("ch03/testdata/a.go")), ""},
	{"first chapter's file not listed", each(changes), inBoth("new.go", "package main\n"), "ch01/README.md: add a row: | `new.go` | added"},
	{"listed, but it is the same", each(changes), addRow("ch02", "`kit/kit.go` | changed | reason"), "ch02/README.md: says that kit/kit.go is changed, but it is \"\""},
	{"no such file", each(changes), addRow("ch02", "`nosuch.go` | removed | reason"), "says that nosuch.go is removed, but it is \"\""},
	{"of another kind", each(changes), edits(set("ch02/new.go", "package main\n"), addRow("ch02", "`new.go` | changed | reason")), "says that new.go is changed, but it is \"added\""},
	{"no reason", each(changes), edits(set("ch02/new.go", "package main\n"), addRow("ch02", "`new.go` | added | ")), "ch02/README.md: write the row as"},
	{"one reason twice", each(changes), edits(set("ch02/new.go", "package main\n", "ch02/more.go", "package main\n"), addRow("ch02", "`new.go` | added | new"), addRow("ch02", "`more.go` | added | new")), "ch02/README.md: gives two files one reason: new"},
	{"a row for two", each(changes), edits(set("ch02/new.go", "package main\n", "ch02/more.go", "package main\n"), addRow("ch02", "`new.go` `more.go` | added | new")), "ch02/README.md: new.go is hand-written"},
	{"a row for two of another system", each(changes), edits(set("ch02/new_windows.go", "package main\n", "ch02/new_bsd.go", bsd, "ch03/new_windows.go", "package main\n", "ch03/new_bsd.go", bsd), addRow("ch02", "`new_*.go` | added | new")), ""},
	{"a row of another form", each(changes), addRow("ch02", "`kit/kit.go` | moved | reason"), "ch02/README.md: says that kit/kit.go is moved, but it is \"\""},
	{"another heading", each(changes), set("ch02/README.md", strings.Replace(good()["ch02/README.md"], "since ch01", "since ch00", 1)), "ch02/README.md: no heading ## Changed since ch01"},
	{"no README", each(changes), remove("ch01/README.md"), "ch01/README.md: no heading ## Changed since ch00, or ## Files in the first chapter"},

	{"book's entry missing", each(book), edit("ch01/README.md", "The end", "No end"), "ch01/README.md: Book → here has no row for \"The end\" with its page, 4"},
	{"book's page wrong", each(book), edit("ch01/README.md", "| 3, 4 |", "| 3, 5 |"), "no row for \"First steps\" with its page, 4"},
	{"one page for all", each(book), edit("ch01/README.md", "| 3, 4 | One · First steps |", "| 3 | One |\n| 4 | First steps · The end |"), ""},
	{"book's name missing", each(book), edit("ch02/README.md", "`poll::Poll::new()`", "Poll::new"), "ch02/README.md: Book → here doesn't say what became of the book's `Poll::new` (fn\tb)"},

	{"link to nothing", readmes, edit("README.md", "ch01/README.md", "ch01/nosuch.go"), "README.md: links ch01/nosuch.go, which isn't there"},
	{"link of the web", readmes, edit("README.md", "ch01/README.md", "https://go.dev/dl/"), ""},
	{"a file's lines", readmes, edit("README.md", "ch01/README.md)", "ch01/README.md) (99 lines)"), "README.md: says that ch01/README.md has 99 lines: it has "},
	{"a diagram that can't be drawn", readmes, edit("README.md", "See", "```mermaid\nsequenceDiagram\nA->>B: one; two\n```\n\nSee"), "README.md: has a ; in a diagram, where it ends a statement: \"A->>B: one; two\""},
	{"an excerpt that has changed", readmes, edit("ch02/README.md", "func Do() {}", "func Do()"), "ch02/README.md: shows an excerpt of sub/sub.go that isn't there: func Do()\n"},
	{"an excerpt with a gap", readmes, edit("ch02/README.md", "func Do() {}", "package sub\n…\n\tfunc Do() {}"), ""},
	{"an excerpt in another order", readmes, edit("ch02/README.md", "func Do() {}", "func Do() {}\n…\npackage sub"), "shows an excerpt of sub/sub.go that isn't there: func Do() {}\n…\npackage sub\n"},
	{"an excerpt of no file", readmes, edit("ch02/README.md", "See [sub/sub.go](sub/sub.go):", "See:"), "ch02/README.md: shows code without a link"},
	{"an excerpt that is too long", readmes, edits(inBoth("sub/sub.go", "package sub\n"+strings.Repeat("\n", 26)), edit("ch02/README.md", "func Do() {}", strings.Repeat("\n", 25))), "shows 26 lines of sub/sub.go at once"},

	{"a patch that applies", each(tries), proposed("go run . | expect: tried", "+func init() { println(\"tried\") }\n+"), ""},
	{"a patch that doesn't print that", each(tries), proposed("go run . | expect: tried", "+func init() { println(\"failed\") }\n+"), "ch01/README.md: go run . doesn't print \"tried\""},
	{"a patch that doesn't apply", each(tries), proposed("go run . | expect: x", "-\tnosuch()"), "ch01/README.md: a patch doesn't apply any more"},
	{"a mark of another form", each(tries), proposed("go run .", ""), "ch01/README.md: write the mark as"},

	{"chNN in a comment", each(changes), set("ch01/sum_amd64.s", "// As ch01.\n", "ch02/sum_amd64.s", "// As ch02.\n"), "ch02/sum_amd64.s: names \"ch02\" in a file carried from ch01"},
	{"a chapter's number in a comment", each(changes), inBoth("old2.go", "package main // see Chapter 7\n"), "ch02/old2.go: names \"Chapter 7\""},
	{"the previous chapter in a comment", each(changes), inBoth("old2.go", "package main\n\n// As in the previous chapter.\n"), "ch02/old2.go: names \"previous chapter\""},
	{"chNN outside a comment", each(changes), set("ch01/sum_amd64.s", "ch01 // x\n", "ch02/sum_amd64.s", "ch02 // x\n", "ch03/sum_amd64.s", "ch03 // x\n"), ""},
	{"chNN in a changed file", each(changes), edits(set("ch02/main.go", "package main // ch02\n"), addRow("ch03", "`main.go` | changed | reason")), ""},

	{"doesn't build", each(alone), set("ch02/sub/sub.go", "package sub\n\nfunc Do() { undefined() }\n"), "\nsub/sub.go:3:13: undefined: undefined"},
	{"needs the workspace", each(alone), set("ch02/main.go", "package main\n\nimport _ \"ch01/sub\"\n\nfunc main() {}\n", "ch01/sub/sub.go", "package sub\n"), "ch02: cd ch02 && GOWORK=off go build"},
	{"as corofy makes it", each(generated), withCorofy, ""},
	{"not made", each(generated), edits(withCorofy, remove("ch02/join_corofied.go")), "ch02/join_corofied.go: isn't what corofy makes of ch02/join.go now"},
	{"not made in a package below", each(generated), edits(withCorofy, remove("ch02/sub/wait_corofied.go")), "ch02/sub/wait_corofied.go: isn't what corofy makes of ch02/sub/wait.go now"},
	{"made, but ignored", each(generated), edits(withCorofy, set(".gitignore", "*_corofied.go\n")), "ch02/join_corofied.go: isn't what corofy makes of ch02/join.go now, or git ignores it: make generate"},
	{"changed since", each(generated), edits(withCorofy, set("ch02/join.go", source("package main", "func join() {}"))), "ch02/join_corofied.go: isn't what corofy makes of ch02/join.go now"},
	{"edited by hand", each(generated), edits(withCorofy, set("ch02/sub/wait_corofied.go", made("wait.go", "package sub", "// Mine."))), "ch02/sub/wait_corofied.go: isn't what corofy makes of ch02/sub/wait.go now"},
	{"two of one name", each(generated), edits(withCorofy, set("ch02/sub/join.go", source("package sub"), "ch02/sub/join_corofied.go", made("join.go", "package sub"))), ""},
	{"broken", each(generated), edits(withCorofy, set("ch02/join_corofied.go", "//go:build !stackful\n\npackage main\n\nfunc {\n")), "ch02/join_corofied.go: isn't what"},
	{"broken so that corofy doesn't build", each(generated), edits(withCorofy, set("ch02/join_corofied.go", "<<<<<<< HEAD\n")), "ch02/join_corofied.go: cd . && go run -tags stackful ./ch02/... corofy ch02/join.go -o "},
	{"refused by corofy", each(generated), edits(withCorofy, set("ch02/join.go", source("package main", "func join() { select {} }"))), "\nch02/join.go:1:1: corofy: select not supported"},
	{"no corofy", each(generated), edits(withCorofy, set("ch02/main.go", good()["ch02/main.go"])), "ch02/join_corofied.go: isn't what"},
	{"no source", each(generated), edits(withCorofy, remove("ch02/join.go")), "ch02/join_corofied.go: has no source, a ch02/join.go whose first line is //go:build stackful"},
	{"no source at all", each(generated), set("ch01/sub/x_corofied.go", "package sub\n"), "ch01/sub/x_corofied.go: has no source, a ch01/sub/x.go"},
	{"source with another tag", each(generated), edits(withCorofy, set("ch02/join.go", "//go:build stackful && linux\n\npackage main\n")), "ch02/join_corofied.go: has no source"},
	{"tag below the first line", each(generated), set("ch02/mode.go", "// By hand.\n\n//go:build stackful\n\npackage main\n"), ""},
	{"testdata of corofy", each(generated), set("ch02/testdata/b.go", source("package b"), "ch02/testdata/c_corofied.go", "package c\n"), ""},
	{"test with the tag", each(generated), set("ch02/x_test.go", source("package main")), ""},

	{"doesn't compile elsewhere", vet, set("ch02/sub/sub_freebsd.go", "package sub\n\nvar x = undefined\n"), "\nch02/sub/sub_freebsd.go:3:9: undefined: undefined"},
	{"vet's own finding", vet, set("ch01/old.go", "package main\n\nfunc old(x int) { x = x }\n"), "\nch01/old.go:3:19: self-assignment of x"},
	{"doesn't compile with the tag", vet, edits(withCorofy, set("ch02/sub/wait.go", "//go:build stackful\n\npackage sub\n\nvar x = undefined\n")), "ch02/sub/wait.go:5:9: undefined: undefined"},
	{"a test that doesn't compile with the tag", vet, edits(withCorofy, set("ch02/x_test.go", "//go:build stackful\n\npackage main\n\nvar x = undefined\n")), "check: freebsd/amd64: cd . && GOOS=freebsd GOARCH=amd64 CGO_ENABLED=0 go vet -tags=stackful work: "},
	{"doesn't compile without the tag", vet, edits(withCorofy, set("ch02/sub/wait_corofied.go", "//go:build !stackful\n\npackage sub\n\nvar x = undefined\n")), "ch02/sub/wait_corofied.go:5:9: undefined: undefined"},
	{"both builds compile", vet, withCorofy, ""},
	{"a test that doesn't compile", vet, set("ch02/main_test.go", "package main\n\nvar x = undefined\n"), "check: freebsd/amd64: cd . && GOOS=freebsd GOARCH=amd64 CGO_ENABLED=0 go vet -tags= work: "},
}

func TestRules(t *testing.T) {
	for _, c := range cases {
		t.Run(strings.ReplaceAll(c.name, "/", "-"), func(t *testing.T) {
			tr := good()
			c.edit(tr)
			tr.write(t)
			var found bytes.Buffer
			if (check([]rule{c.rule}, &found) == nil) != (c.want == "") || !strings.Contains(found.String(), c.want) {
				t.Errorf("want %q, got %s", c.want, &found)
			}
		})
	}
}

// What isn't up to date is found, not repaired.
func TestGeneratedChangesNothing(t *testing.T) {
	tr := good()
	withCorofy(tr)
	tr["ch02/join_corofied.go"] = made("join.go", "package main", "// Old.")
	tr["ch02/sub/wait.go"] = source("package sub", "func wait() { select {} }")
	tr.write(t)
	before := files(".")
	var found bytes.Buffer
	if check([]rule{each(generated)}, &found); strings.Count(found.String(), "check: ") != 2 {
		t.Errorf("want two findings, got %s", &found)
	}
	if after := files("."); !slices.Equal(after, before) {
		t.Errorf("files before: %v, after: %v", before, after)
	}
	for _, f := range before {
		if got := read(f); got != tr[f] {
			t.Errorf("%s has become %q", f, got)
		}
	}
}

// A file counts that is there and not ignored, whether git knows it or not.
func TestFilesAreThoseThatExist(t *testing.T) {
	good().write(t)
	if out, err := exec.Command("git", "add", "README.md", "Makefile").CombinedOutput(); err != nil {
		t.Fatalf("git add: %v: %s", err, out)
	}
	if err := os.Remove("README.md"); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_TRACE", "1") // words on stderr are no part of the list
	got := files(".")
	for name, want := range map[string]bool{"README.md": false, ".ci/book.tsv": true, "Makefile": true, "go.work": true, "ch01/ignored": false} {
		if slices.Contains(got, name) != want {
			t.Errorf("%s listed: %v, want %v", name, !want, want)
		}
	}
}

// ---- the step

func TestStep(t *testing.T) {
	tr := good()
	tr["ch02/README.md"] = "## Read\n\n1. [sub/sub.go](sub/sub.go): first\n2. [main.go](main.go)\n\n" + tr["ch02/README.md"]
	set("ch02/x_windows.go", "package main\n", "ch02/bench/b.go", "package bench\n", "ch02/a.go", "package main\n")(tr)
	tr.write(t)
	text := func(only string) string {
		s, err := stepText("ch01", "ch02", only, "--no-color")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	rest := text("")
	for _, want := range []string{
		"added       +3    -0  sub/sub.go\n", "changed     +3    -1  main.go\n", // the README's order
		"b/ch02/sub/sub.go\n", "b/ch02/main.go\n", "+import \"chNN/sub\"\n",
		"Left out", "not to read      1  a.go", "tests            2  kit/kit_test.go sub/sub_test.go", "other systems    1  x_windows.go", "measuring        1  bench/b.go", "removed          1  old.go",
		"carried as is    5  ",
	} {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			t.Fatalf("%q is missing, or not in its place, in:\n%s", want, text(""))
		}
		rest = after
	}
	if all := text("ALL"); !strings.Contains(all, "b/ch02/bench/b.go\n") || !strings.Contains(all, "b/ch02/a.go\n") || strings.Contains(all, "Left out") {
		t.Errorf("ALL:\n%s", all)
	}
	if one := text("bench/b.go"); !strings.Contains(one, "+package bench\n") || strings.Contains(one, "main.go") {
		t.Errorf("one file:\n%s", one)
	}
}

// TestCarry carries two changes, of which the second copy has had the first already.
func TestCarry(t *testing.T) {
	tr := good()
	for _, ch := range []string{"ch01", "ch02", "ch03"} {
		tr[ch+"/kit/kit.go"] = "package kit\n\nfunc A() {}\n\n// In between.\n\nfunc B() {}\n"
	}
	tr.write(t)
	for _, args := range []string{"add .", "-c user.name=x -c user.email=x commit -q -m x"} {
		if out, err := exec.Command("git", strings.Fields(args)...).CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v: %s", args, err, out)
		}
	}
	now := "package kit\n\nfunc A() { ch01() }\n\n// In between.\n\nfunc B() { ch01() }\n"
	write("ch01/kit/kit.go", now)
	write("ch02/kit/kit.go", "package kit\n\nfunc A() { ch02() }\n\n// In between.\n\nfunc B() {}\n")
	if err := carry([]string{"ch01", "kit/kit.go"}); err != nil {
		t.Fatal(err)
	}
	for _, ch := range []string{"ch02", "ch03"} {
		if got := read(ch + "/kit/kit.go"); got != strings.ReplaceAll(now, "ch01", ch) {
			t.Errorf("%s: %s", ch, got)
		}
	}
	write("ch01/kit/kit.go", "package kit\n")
	if err := carry([]string{"ch01", "kit/kit.go"}); err == nil {
		t.Error("a conflict is not reported")
	}
}

// ---- edits

const bsd = "//go:build freebsd\n\npackage main\n"

func set(nameText ...string) func(tree) {
	return func(tr tree) {
		for i := 0; i < len(nameText); i += 2 {
			tr[nameText[i]] = nameText[i+1]
		}
	}
}

func edit(name, old, now string) func(tree) {
	return func(tr tree) { tr[name] = strings.Replace(tr[name], old, now, 1) }
}

// proposed is a change of ch01's main function.
func proposed(mark, change string) func(tree) {
	return func(tr tree) {
		tr["ch01/README.md"] += "\n## Try this\n\n<!-- try: " + mark + " -->\n\n```diff\n--- a/main.go\n+++ b/main.go\n@@ -5,1 +5,3 @@\n" + change + "\n func run() {}\n```\n"
	}
}

func remove(name string) func(tree) { return func(tr tree) { delete(tr, name) } }

func inBoth(name, text string) func(tree) { return set("ch01/"+name, text, "ch02/"+name, text) }

// withCorofy gives ch02 a small corofy and two files to rewrite. It swaps the
// tag, adds the header and refuses a select.
func withCorofy(tr tree) {
	set(
		"ch02/main.go", `package main

import (
	"os"
	"path/filepath"
	"strings"
)

func main() {
	in, out := os.Args[2], strings.TrimSuffix(os.Args[2], ".go")+"_corofied.go"
	if len(os.Args) == 5 && os.Args[1] == "corofy" && os.Args[3] == "-o" {
		out = os.Args[4]
	}
	text, err := os.ReadFile(in)
	if err == nil && strings.Contains(string(text), "select") {
		println(in + ":1:1: corofy: select not supported")
		os.Exit(1)
	}
	header := "// Code generated by corofy from " + filepath.Base(in) + ". DO NOT EDIT.\n\n//go:build !stackful"
	if os.WriteFile(out, []byte(strings.Replace(string(text), "//go:build stackful", header, 1)), 0o666) != nil {
		os.Exit(1)
	}
}
`,
		"ch02/join.go", source("package main"), "ch02/join_corofied.go", made("join.go", "package main"),
		"ch02/sub/wait.go", source("package sub"), "ch02/sub/wait_corofied.go", made("wait.go", "package sub"),
	)(tr)
}

func source(lines ...string) string {
	return "//go:build stackful\n\n" + strings.Join(lines, "\n\n") + "\n"
}

// made is what withCorofy's corofy makes of a source with these lines.
func made(name string, lines ...string) string {
	return "// Code generated by corofy from " + name + ". DO NOT EDIT.\n\n//go:build !stackful\n\n" + strings.Join(lines, "\n\n") + "\n"
}

// addRow adds a row to a chapter's table.
func addRow(ch, text string) func(tree) {
	return func(tr tree) {
		tr[ch+"/README.md"] = strings.Replace(tr[ch+"/README.md"], "\n\n## Next", "\n| "+text+" |\n\n## Next", 1)
	}
}

func edits(all ...func(tree)) func(tree) {
	return func(tr tree) {
		for _, e := range all {
			e(tr)
		}
	}
}
