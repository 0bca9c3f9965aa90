package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/format"
	"io"
	"log"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Check holds the rules of this repository, so that a chapter can be read as
// the one before it plus a small step:
//
//	go run .ci/chapters.go .ci/check.go .ci/readme.go check [-quick]
//
// It prints a line for each finding and exits with 1, or one line if all is
// well. It sees the files that git tracks and those that git would add. With -quick it leaves out what compiles.
func init() {
	commands["check"] = func(args []string) error {
		rules := slices.Concat(quick, slow)
		if slices.Equal(args, []string{"-quick"}) {
			rules = quick
		} else if len(args) > 0 {
			return errors.New("usage: check [-quick]")
		}
		if !check(rules, os.Stdout) {
			os.Exit(1)
		}
		return nil
	}
}

// A finding is one place where a rule is broken, and what to do about it.
type finding struct{ rule, file, what string }

func (f finding) String() string { return fmt.Sprintf("check: %s: %s: %s", f.rule, f.file, f.what) }

// A rule looks at the repository.
type rule func() []finding

var (
	quick = []rule{topLevel, workspace, oneMain, modules, formatted, hasKit, carried, comments, testsOnce, tables, book, readmes}
	slow  = []rule{alone, generated, tries, vet(systems)}
)

// systems are what every chapter compiles for.
var systems = []string{
	"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64",
	"freebsd/amd64", "freebsd/arm64", "netbsd/amd64", "openbsd/amd64",
}

func check(rules []rule, out io.Writer) (ok bool) {
	ok = true
	for _, r := range rules {
		for _, f := range r() {
			fmt.Fprintln(out, f)
			ok = false
		}
	}
	if ok {
		fmt.Fprintf(out, "check: %d rules hold in %s\n", len(rules), strings.Join(chapters(), ", "))
	}
	return ok
}

// ---- what stands where

func topLevel() (found []finding) {
	may := []string{"go.work", "go.work.sum", "Makefile", "README.md", ".ci", ".github", ".gitignore"}
	last := ""
	for _, f := range files(".") {
		top, _, isDir := strings.Cut(f, "/")
		if top != last && !slices.Contains(may, top) && !(isDir && isChapter.MatchString(top)) {
			found = append(found, finding{"top", top, "only ch01 to ch10 and " + strings.Join(may, ", ") + " stand at the top: move or remove it"})
		}
		last = top
	}
	return found
}

func workspace() (found []finding) {
	var work struct{ Use []struct{ DiskPath string } }
	goJSON(&work, "work", "edit", "-json", "go.work")
	var uses []string
	for _, u := range work.Use {
		uses = append(uses, path.Clean(u.DiskPath))
	}
	slices.Sort(uses)
	if there := chapters(); !slices.Equal(uses, there) {
		found = append(found, finding{"workspace", "go.work", fmt.Sprintf("uses %v: the chapters here are %v", uses, there)})
	}
	return found
}

var packageClause = regexp.MustCompile(`(?m)^package (\w+)`)

// oneMain keeps "go run ./ch08/..." working: it refuses several main packages.
func oneMain() (found []finding) {
	for _, ch := range chapters() {
		atRoot := false
		for _, f := range files(ch) {
			if path.Ext(f) != ".go" || strings.Contains(f, "/testdata/") {
				continue
			}
			if m := packageClause.FindSubmatch(read(f)); m == nil || string(m[1]) != "main" {
				continue
			}
			if path.Dir(f) != ch {
				found = append(found, finding{"main", f, "package main below the chapter's root: make it an example or a subcommand of " + ch})
			}
			atRoot = atRoot || path.Dir(f) == ch && !strings.HasSuffix(f, "_test.go")
		}
		if !atRoot {
			found = append(found, finding{"main", ch, "no package main at the chapter's root: add main.go"})
		}
	}
	return found
}

func modules() (found []finding) {
	for _, ch := range chapters() {
		file := ch + "/go.mod"
		if !slices.Contains(files(ch), file) {
			found = append(found, finding{"module", file, "missing: every chapter is a module of its own"})
			continue
		}
		var mod struct {
			Module  struct{ Path string }
			Require []struct{ Path string }
		}
		goJSON(&mod, "mod", "edit", "-json", file)
		if mod.Module.Path != ch {
			found = append(found, finding{"module", file, "module " + mod.Module.Path + ": name it after its folder, " + ch})
		}
		for _, r := range mod.Require {
			if r.Path != "golang.org/x/sys" {
				found = append(found, finding{"module", file, "requires " + r.Path + ": do without, only golang.org/x/sys may be used"})
			}
		}
	}
	return found
}

func formatted() (found []finding) {
	for _, f := range files(".") {
		if path.Ext(f) != ".go" {
			continue
		}
		src := read(f)
		if want, err := format.Source(src); err != nil {
			found = append(found, finding{"gofmt", f, "can't be parsed: " + err.Error()})
		} else if !bytes.Equal(src, want) {
			found = append(found, finding{"gofmt", f, "not formatted: gofmt -w " + f})
		}
	}
	return found
}

// ---- one chapter against the one before

func hasKit() (found []finding) {
	for _, ch := range chapters() {
		if file := ch + "/kit/kit.go"; !slices.Contains(files(ch), file) {
			found = append(found, finding{"kit", file, "missing: the command line is the same in every chapter"})
		}
	}
	return found
}

// steps begins with the one from nothing to the first chapter.
func steps() (all []step) {
	from := ""
	for _, ch := range chapters() {
		all = append(all, newStep(from, ch))
		from = ch
	}
	return all
}

// carried reports a file that drifted from its copy in the chapter before. Those in kit are the same in all.
func carried() (found []finding) {
	for _, s := range steps() {
		rows := s.table(new([]finding))
		for _, f := range slices.Sorted(maps.Keys(s.kind)) {
			if s.kind[f] == "changed" && (strings.HasPrefix(f, "kit/") || rowFor(rows, f) == nil) {
				found = append(found, finding{"carried", s.to + "/" + f, fmt.Sprintf("differs from %s/%s: make carry FROM=%s FILE=%s, or list it as changed in %s/README.md (but for kit)", s.from, f, s.from, f, s.to)})
			}
		}
	}
	return found
}

var namesChapter = regexp.MustCompile(`(?i)(//|/\*).*\b(ch[0-9]{2}|chapters? [0-9]+|(previous|last|next|earlier) chapter|chapter before)\b`)

// comments reports a chapter's name in a comment that is read in several
// chapters, in Go and in assembly.
func comments() (found []finding) {
	for _, s := range steps() {
		for _, f := range slices.Sorted(maps.Keys(s.kind)) {
			if s.kind[f] != "same" || path.Ext(f) != ".go" && path.Ext(f) != ".s" {
				continue
			}
			for i, line := range strings.Split(string(read(s.to+"/"+f)), "\n") {
				if m := namesChapter.FindStringSubmatch(line); m != nil {
					at := fmt.Sprintf("%s/%s:%d", s.to, f, i+1)
					found = append(found, finding{"comment", at, fmt.Sprintf("names %q in a file carried from %s: say it without", m[2], s.from)})
				}
			}
		}
	}
	return found
}

// testsOnce: a package that is the same as in the chapter before has no tests, since they stand there; but the last
// chapter, which people take away, has all. One that isn't the same has some.
func testsOnce() (found []finding) {
	all := steps()
	for i, s := range all {
		changed, untested, gone, tests := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]string{}
		for _, f := range slices.Sorted(maps.Keys(s.kind)) {
			switch dir := path.Dir(f); {
			case path.Ext(f) != ".go" || strings.Contains(f, "testdata/"):
			case strings.HasSuffix(f, "_test.go") && s.kind[f] != "removed":
				tests[dir] = f
			case strings.HasSuffix(f, "_test.go") || strings.HasSuffix(f, "_corofied.go"):
			case s.kind[f] == "removed":
				gone[dir] = true
			default:
				changed[dir] = changed[dir] || s.kind[f] != "same"
				untested[dir] = untested[dir] || strings.Contains(string(read(s.to+"/"+f)), "\t\"testing\"\n") // tests call it
			}
		}
		for dir, is := range changed { // of the packages that are there still
			is = is || gone[dir]
			if !is && tests[dir] != "" && i < len(all)-1 && s.from != "" {
				found = append(found, finding{"tests", s.to + "/" + tests[dir], "the package is the same as in " + s.from + ", where its tests stand: remove them here"})
			}
			if is && tests[dir] == "" && !untested[dir] {
				found = append(found, finding{"tests", s.to + "/" + dir, "has changed, and has no tests"})
			}
		}
	}
	return found
}

// ---- what compiles

// alone builds each chapter alone, as somebody does who copied its folder.
func alone() (found []finding) {
	for _, ch := range chapters() {
		hint := "cd " + ch + " && GOWORK=off go build ./..."
		found = append(found, compile(ch, "build", ch, hint, []string{"GOWORK=off"}, "build", "-o", os.DevNull, "./...")...)
	}
	return found
}

// generated compares each x_corofied.go with what the chapter's corofy makes of
// x.go now, in a directory of its own: the tree stays as it is.
func generated() (found []finding) {
	tmp, err := os.MkdirTemp("", "check")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	for _, ch := range chapters() {
		there, sources := files(ch), stackful(ch)
		for _, source := range sources {
			f := corofied(source)
			if !slices.Contains(there, f) {
				found = append(found, finding{"generated", f, "missing: make generate"})
				continue
			}
			now := filepath.Join(tmp, filepath.FromSlash(f))
			if err := os.MkdirAll(filepath.Dir(now), 0o777); err != nil {
				log.Fatal(err)
			}
			bad := compile(".", "generated", f, "make generate", nil, "run", "-tags", "stackful", "./"+ch+"/...", "corofy", source, "-o", now)
			found = append(found, bad...)
			switch _, err := os.Stat(now); {
			case bad != nil:
			case err != nil:
				found = append(found, finding{"generated", f, "corofy succeeds and makes nothing of " + source})
			case !bytes.Equal(read(f), read(now)):
				found = append(found, finding{"generated", f, "isn't what corofy makes of " + source + " now: make generate"})
			}
		}
		for _, f := range there {
			name, ok := strings.CutSuffix(f, "_corofied.go")
			if ok && !strings.Contains(f, "/testdata/") && !slices.Contains(sources, name+".go") {
				found = append(found, finding{"generated", f, "has no source, a " + name + ".go whose first line is " + tag + ": remove it, or restore that and make generate"})
			}
		}
	}
	return found
}

// vet looks at both builds of a chapter that has two.
func vet(systems []string) rule {
	return func() (found []finding) {
		var tagged []string
		for _, ch := range chapters() {
			if len(stackful(ch)) > 0 {
				tagged = append(tagged, "./"+ch+"/...")
			}
		}
		for _, s := range systems {
			goos, goarch, _ := strings.Cut(s, "/")
			env := []string{"GOOS=" + goos, "GOARCH=" + goarch, "CGO_ENABLED=0"}
			run := func(file string, args ...string) {
				hint := strings.Join(env, " ") + " go " + strings.Join(args, " ")
				found = append(found, compile(".", "vet", file, hint, env, args...)...)
			}
			run(s, "vet", "work")
			if len(tagged) > 0 {
				run(s+" stackful", slices.Concat([]string{"vet", "-tags", "stackful"}, tagged)...)
			}
		}
		return found
	}
}

// compile makes a finding of each line that a failing go command prints.
func compile(dir, rule, file, hint string, env []string, args ...string) (found []finding) {
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") && line != err.Error() { // go run prints the status too
			found = append(found, finding{rule, file, line})
		}
	}
	return append(found, finding{rule, file, err.Error() + "; to see it again: " + hint})
}

func goJSON(v any, args ...string) {
	if err := json.Unmarshal([]byte(output(exec.Command("go", args...))), v); err != nil {
		log.Fatal(err)
	}
}
