package main

import (
	"bytes"
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

// good is a tree that keeps every rule: ch02 changes main.go, adds main_test.go
// and sub/sub.go, drops old.go and carries the rest.
func good() tree {
	return tree{
		".gitignore":         "/ch01/ignored\n",
		".ci/tool.go":        "package main\n",
		"Makefile":           "",
		"README.md":          "",
		"go.work":            "go 1.26.0\n\nuse (\n\t./ch01\n\t./ch02\n)\n",
		"ch01/README.md":     readme("## Files", "`go.mod` | added", "`main.go` | added", "`cli.go` | added", "`sum_amd64.s` | added", "`old.go` | added", "`testdata/a.go` | added"),
		"ch01/go.mod":        "module ch01\n\ngo 1.26.0\n",
		"ch01/main.go":       "package main\n\nfunc main() { run() }\n",
		"ch01/cli.go":        "package main\n\n// run does nothing.\nfunc run() {}\n",
		"ch01/sum_amd64.s":   "// Nothing yet.\n",
		"ch01/old.go":        "package main\n",
		"ch01/testdata/a.go": "package main\n",
		"ch01/ignored":       "a binary",
		"ch02/README.md":     readme("## Changed since ch01", "`main.go` | changed", "`main_test.go` | added", "`sub/sub.go` | added", "`old.go` | removed"),
		"ch02/go.mod":        "module ch02\n\ngo 1.26.0\n",
		"ch02/go.sum":        "",
		"ch02/main.go":       "package main\n\nimport \"ch02/sub\"\n\nfunc main() { run(); sub.Do() }\n",
		"ch02/main_test.go":  "package main\n",
		"ch02/cli.go":        "package main\n\n// run does nothing.\nfunc run() {}\n",
		"ch02/sum_amd64.s":   "// Nothing yet.\n",
		"ch02/testdata/a.go": "package main\n",
		"ch02/sub/sub.go":    "package sub\n\nfunc Do() {}\n",
	}
}

func readme(heading string, rows ...string) string {
	text := "# title\n\n" + heading + "\n\n| file | | why |\n|---|---|---|\n"
	for _, r := range rows {
		text += "| " + r + " | a reason \\| or two |\n"
	}
	return text + "\n## Next\n\n| `other` | table |\n"
}

// write makes the tree a repository that git knows nothing of yet.
func (tr tree) write(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
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
	return root
}

// vetOther looks for a system that the tests don't run on.
var vetOther = vet([]string{"freebsd/amd64"})

func TestGoodTree(t *testing.T) {
	root := good().write(t)
	var out bytes.Buffer
	status := check(root, append(slices.Clone(quick), build, generated, vetOther), &out)
	if want := "check: 12 rules hold in ch01, ch02\n"; status != 0 || out.String() != want {
		t.Errorf("status %d, want 0 and %q, got:\n%s", status, want, out.String())
	}
}

func TestFindingsAreAllPrinted(t *testing.T) {
	tr := good()
	tr["LICENSE"], tr["notes.txt"] = "x", "x"
	tr["ch02/go.mod"] = "module other\n"
	var out bytes.Buffer
	if status := check(tr.write(t), quick, &out); status != 1 {
		t.Errorf("status %d, want 1", status)
	}
	for _, want := range []string{"check: top: LICENSE: ", "check: top: notes.txt: ", "check: module: ch02/go.mod: "} {
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
	{"file at the top", topLevel, set("LICENSE", "x"), "top: LICENSE: only ch01 to ch10"},
	{"folder at the top", topLevel, set("util/util.go", "package util\n"), "top: util: only ch01 to ch10"},
	{"chapter 11", topLevel, set("ch11/main.go", "package main\n"), "top: ch11: only ch01 to ch10"},
	{"file named as a chapter", topLevel, set("ch03", "x"), "top: ch03: only ch01 to ch10"},
	{"ignored at the top", topLevel, edits(set(".gitignore", "/a.out\n/ch01/ignored\n"), set("a.out", "x")), ""},

	{"go.work lacks a chapter", workspace, set("go.work", "go 1.26.0\n\nuse ./ch01\n"), "workspace: go.work: uses [ch01]: the chapters here are [ch01 ch02]"},
	{"go.work has one more", workspace, set("go.work", "go 1.26.0\n\nuse (\n\t./ch01\n\t./ch02\n\t./ch03\n)\n"), "workspace: go.work: uses [ch01 ch02 ch03]"},

	{"second main", oneMain, set("ch02/cmd/x/x.go", "package main\n"), "main: ch02/cmd/x/x.go: package main below"},
	{"main in a test below", oneMain, set("ch02/sub/x_test.go", "package main\n"), "main: ch02/sub/x_test.go: package main below"},
	{"no main", oneMain, set("ch01/main.go", "package one\n", "ch01/cli.go", "package one\n", "ch01/old.go", "package one\n"), "main: ch01: no package main"},
	{"main only in tests", oneMain, set("ch02/main.go", "", "ch02/cli.go", ""), "main: ch02: no package main"},
	{"main in a text", oneMain, set("ch02/sub/x.go", "package sub\n\nconst s = `\npackage main\n`\n"), ""},

	{"module's name", modules, set("ch02/go.mod", "module example.com/ch02\n"), "module: ch02/go.mod: module example.com/ch02: name it after its folder"},
	{"dependency", modules, set("ch02/go.mod", "module ch02\n\nrequire example.com/x v1.0.0\n"), "module: ch02/go.mod: requires example.com/x"},
	{"indirect dependency", modules, set("ch02/go.mod", "module ch02\n\nrequire example.com/x v1.0.0 // indirect\n"), "module: ch02/go.mod: requires example.com/x"},
	{"x/sys", modules, set("ch02/go.mod", "module ch02\n\nrequire golang.org/x/sys v0.49.0\n"), ""},
	{"no module", modules, remove("ch02/go.mod"), "module: ch02/go.mod: missing"},

	{"not formatted", formatted, set("ch02/sub/sub.go", "package  sub\n"), "gofmt: ch02/sub/sub.go: not formatted: gofmt -w ch02/sub/sub.go"},
	{"not formatted in .ci", formatted, set(".ci/tool.go", "package  main\n"), "gofmt: .ci/tool.go: not formatted"},
	{"no Go", formatted, set("ch02/sub/sub.go", "package\n"), "gofmt: ch02/sub/sub.go: can't be parsed"},

	{"cli.go differs", sameCLI, set("ch02/cli.go", "package main\n\nfunc run() {}\n"), "cli: ch02/cli.go: differs from ch01/cli.go"},
	{"cli.go differs in chNN", sameCLI, set("ch01/cli.go", "package main // ch01\n", "ch02/cli.go", "package main // ch02\n"), "cli: ch02/cli.go: differs from ch01/cli.go"},
	{"no cli.go", sameCLI, remove("ch01/cli.go"), "cli: ch01/cli.go: missing"},

	{"drifted", carried, set("ch02/sum_amd64.s", "// Something.\n"), "carried: ch02/sum_amd64.s: differs from ch01/sum_amd64.s: make carry FROM=ch01 FILE=sum_amd64.s, or list it"},
	{"drifted, listed as added", carried, edits(set("ch02/sum_amd64.s", "// Something.\n"), row("ch02", "`sum_amd64.s` | added | reason")), "carried: ch02/sum_amd64.s: differs"},
	{"changed and listed", carried, edits(set("ch02/sum_amd64.s", "// Something.\n"), row("ch02", "`sum_amd64.s` | changed | reason")), ""},
	{"the same but for chNN", carried, set("ch01/sum_amd64.s", "ch01/x\n", "ch02/sum_amd64.s", "ch02/x\n"), ""},
	{"a longer word is no chapter", carried, set("ch01/sum_amd64.s", "arch01\n", "ch02/sum_amd64.s", "arch02\n"), "carried: ch02/sum_amd64.s: differs"},

	{"added, not listed", tables, set("ch02/new.go", "package main\n"), "table: ch02/README.md: add a row: | `new.go` | added | reason |"},
	{"removed, not listed", tables, remove("ch02/testdata/a.go"), "table: ch02/README.md: add a row: | `testdata/a.go` | removed | reason |"},
	{"first chapter's file not listed", tables, set("ch01/new.go", "package main\n", "ch02/new.go", "package main\n"), "table: ch01/README.md: add a row: | `new.go` | added"},
	{"changed, but it is the same", tables, row("ch02", "`cli.go` | changed | reason"), "table: ch02/README.md: says that cli.go is changed, but it is same"},
	{"added, but it is the same", tables, row("ch02", "`cli.go` | added | reason"), "says that cli.go is added, but it is same"},
	{"removed, but it is the same", tables, row("ch02", "`cli.go` | removed | reason"), "says that cli.go is removed, but it is same"},
	{"no such file", tables, row("ch02", "`nosuch.go` | removed | reason"), "says that nosuch.go is removed, but it is in neither chapter"},
	{"no reason", tables, edits(set("ch02/new.go", "package main\n"), row("ch02", "`new.go` | added | ")), "table: ch02/README.md: new.go has no reason"},
	{"twice", tables, row("ch02", "`main.go` | changed | reason"), "table: ch02/README.md: main.go is listed twice"},
	{"a row of another form", tables, row("ch02", "`cli.go` | moved | reason"), "table: ch02/README.md: write the row as"},
	{"another heading", tables, set("ch02/README.md", strings.Replace(good()["ch02/README.md"], "since ch01", "since ch00", 1)), "table: ch02/README.md: no heading \"## Changed since ch01\""},
	{"no README", tables, remove("ch01/README.md"), "table: ch01/README.md: no heading \"## Files\""},

	{"chNN in a comment", comments, set("ch01/sum_amd64.s", "// As ch01.\n", "ch02/sum_amd64.s", "// As ch02.\n"), "comment: ch02/sum_amd64.s:1: names \"ch02\" in a file carried from ch01"},
	{"a chapter's number in a comment", comments, inBoth("cli.go", "package main // see Chapter 7\n"), "comment: ch02/cli.go:1: names \"Chapter 7\""},
	{"the previous chapter in a comment", comments, inBoth("cli.go", "package main\n\n// As in the previous chapter.\n"), "comment: ch02/cli.go:3: names \"previous chapter\""},
	{"chNN outside a comment", comments, set("ch01/sum_amd64.s", "ch01 // x\n", "ch02/sum_amd64.s", "ch02 // x\n"), ""},
	{"chNN in a changed file", comments, set("ch02/main.go", "package main // ch02\n"), ""},

	{"doesn't build", build, set("ch02/sub/sub.go", "package sub\n\nfunc Do() { undefined() }\n"), "build: ch02: sub/sub.go:3:13: undefined: undefined"},
	{"needs the workspace", build, set("ch02/main.go", "package main\n\nimport _ \"ch01/sub\"\n\nfunc main() {}\n", "ch01/sub/sub.go", "package sub\n"), "build: ch02: exit status 1; to see it again: cd ch02 && GOWORK=off go build"},
	{"as corofy makes it", generated, withCorofy, ""},
	{"not made", generated, edits(withCorofy, remove("ch02/join_corofied.go")), "generated: ch02/join_corofied.go: missing: make generate"},
	{"not made in a package below", generated, edits(withCorofy, remove("ch02/sub/wait_corofied.go")), "generated: ch02/sub/wait_corofied.go: missing: make generate"},
	{"made, but ignored", generated, edits(withCorofy, set(".gitignore", "*_corofied.go\n")), "generated: ch02/join_corofied.go: missing"},
	{"changed since", generated, edits(withCorofy, set("ch02/join.go", source("package main", "func join() {}"))), "generated: ch02/join_corofied.go: isn't what corofy makes of ch02/join.go now: make generate"},
	{"edited by hand", generated, edits(withCorofy, set("ch02/sub/wait_corofied.go", made("wait.go", "package sub", "// Mine."))), "generated: ch02/sub/wait_corofied.go: isn't what corofy makes of ch02/sub/wait.go now: make generate"},
	{"two of one name", generated, edits(withCorofy, set("ch02/sub/join.go", source("package sub"), "ch02/sub/join_corofied.go", made("join.go", "package sub"))), ""},
	{"broken", generated, edits(withCorofy, set("ch02/join_corofied.go", "//go:build !stackful\n\npackage main\n\nfunc {\n")), "generated: ch02/join_corofied.go: isn't what"},
	{"broken so that corofy doesn't build", generated, edits(withCorofy, set("ch02/join_corofied.go", "<<<<<<< HEAD\n")), "generated: ch02/join_corofied.go: exit status 1; to see it again: make generate"},
	{"refused by corofy", generated, edits(withCorofy, set("ch02/join.go", source("package main", "func join() { select {} }"))), "generated: ch02/join_corofied.go: ch02/join.go:1:1: corofy: select not supported"},
	{"no corofy", generated, edits(withCorofy, set("ch02/main.go", good()["ch02/main.go"])), "generated: ch02/join_corofied.go: corofy succeeds and makes nothing"},
	{"no source", generated, edits(withCorofy, remove("ch02/join.go")), "generated: ch02/join_corofied.go: has no source, a ch02/join.go whose first line is //go:build stackful"},
	{"no source at all", generated, set("ch01/sub/x_corofied.go", "package sub\n"), "generated: ch01/sub/x_corofied.go: has no source, a ch01/sub/x.go"},
	{"source with another tag", generated, edits(withCorofy, set("ch02/join.go", "//go:build stackful && linux\n\npackage main\n")), "generated: ch02/join_corofied.go: has no source"},
	{"tag below the first line", generated, set("ch02/mode.go", "// By hand.\n\n//go:build stackful\n\npackage main\n"), ""},
	{"testdata of corofy", generated, set("ch02/testdata/b.go", source("package b"), "ch02/testdata/c_corofied.go", "package c\n"), ""},
	{"test with the tag", generated, set("ch02/x_test.go", source("package main")), ""},

	{"doesn't compile elsewhere", vetOther, set("ch02/sub/sub_freebsd.go", "package sub\n\nvar x = undefined\n"), "vet: freebsd/amd64: ch02/sub/sub_freebsd.go:3:9: undefined: undefined"},
	{"vet's own finding", vetOther, set("ch01/old.go", "package main\n\nfunc old(x int) { x = x }\n"), "vet: freebsd/amd64: ch01/old.go:3:19: self-assignment of x"},
	{"doesn't compile with the tag", vetOther, edits(withCorofy, set("ch02/sub/wait.go", "//go:build stackful\n\npackage sub\n\nvar x = undefined\n")), "ch02/sub/wait.go:5:9: undefined: undefined"},
	{"a test that doesn't compile with the tag", vetOther, edits(withCorofy, set("ch02/x_test.go", "//go:build stackful\n\npackage main\n\nvar x = undefined\n")), "to see it again: GOOS=freebsd GOARCH=amd64 CGO_ENABLED=0 go vet -tags stackful ./ch02/..."},
	{"doesn't compile without the tag", vetOther, edits(withCorofy, set("ch02/sub/wait_corofied.go", "//go:build !stackful\n\npackage sub\n\nvar x = undefined\n")), "ch02/sub/wait_corofied.go:5:9: undefined: undefined"},
	{"both builds compile", vetOther, withCorofy, ""},
	{"a test that doesn't compile", vetOther, set("ch02/main_test.go", "package main\n\nvar x = undefined\n"), "to see it again: GOOS=freebsd GOARCH=amd64 CGO_ENABLED=0 go vet work"},
}

func TestRules(t *testing.T) {
	for _, c := range cases {
		t.Run(strings.ReplaceAll(c.name, "/", "-"), func(t *testing.T) {
			tr := good()
			c.edit(tr)
			found := c.rule(tr.write(t))
			if c.want == "" && len(found) > 0 {
				t.Errorf("want no finding, got %v", found)
			}
			if c.want != "" && !slices.ContainsFunc(found, func(f finding) bool { return strings.Contains(f.String(), c.want) }) {
				t.Errorf("want %q, got %v", c.want, found)
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
	root := tr.write(t)
	before := files(root, ".")
	if found := generated(root); len(found) != 3 {
		t.Errorf("want one finding, and two for what corofy refuses, got %v", found)
	}
	if after := files(root, "."); !slices.Equal(after, before) {
		t.Errorf("files before: %v, after: %v", before, after)
	}
	for _, f := range before {
		if got := string(read(root, f)); got != tr[f] {
			t.Errorf("%s has become %q", f, got)
		}
	}
}

// A file counts that is there and not ignored, whether git knows it or not.
func TestFilesAreThoseThatExist(t *testing.T) {
	root := good().write(t)
	if out, err := exec.Command("git", "-C", root, "add", "README.md", "Makefile").CombinedOutput(); err != nil {
		t.Fatalf("git add: %v: %s", err, out)
	}
	if err := os.Remove(filepath.Join(root, "README.md")); err != nil {
		t.Fatal(err)
	}
	got := files(root, ".")
	for name, want := range map[string]bool{"README.md": false, "Makefile": true, "go.work": true, "ch01/ignored": false} {
		if slices.Contains(got, name) != want {
			t.Errorf("%s listed: %v, want %v", name, !want, want)
		}
	}
}

// ---- edits

func set(nameText ...string) func(tree) {
	return func(tr tree) {
		for i := 0; i < len(nameText); i += 2 {
			tr[nameText[i]] = nameText[i+1]
		}
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

// row adds a row to a chapter's table.
func row(ch, text string) func(tree) {
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
