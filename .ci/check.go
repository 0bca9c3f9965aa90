// Check holds the rules of this repository, so that a chapter can be read as
// the one before it plus a small step:
//
//	go run .ci/check.go [-quick] [directory]
//
// It prints a line for each finding and exits with 1, or one line if all is
// well. It sees the files that git tracks and those that git would add.
// Without a directory it looks at the repository that it is run in.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
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
	"runtime"
	"slices"
	"strings"
)

// A finding is one place where a rule is broken, and what to do about it.
type finding struct{ rule, file, what string }

func (f finding) String() string { return fmt.Sprintf("check: %s: %s: %s", f.rule, f.file, f.what) }

// A rule looks at the repository in the directory root.
type rule func(root string) []finding

var (
	quick = []rule{topLevel, workspace, oneMain, modules, formatted, sameCLI, carried, tables, comments}
	slow  = []rule{build, generated, vet(systems)}
)

// systems are what every chapter compiles for.
var systems = []string{
	"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64",
	"freebsd/amd64", "freebsd/arm64", "netbsd/amd64", "openbsd/amd64",
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("check: ")
	isQuick := flag.Bool("quick", false, "leave out what compiles: the build, generated and vet rules")
	flag.Parse()
	root, rules := flag.Arg(0), quick
	if root == "" {
		root = strings.TrimSpace(string(output(".", "git", "rev-parse", "--show-toplevel")))
	}
	if !*isQuick {
		rules = slices.Concat(quick, slow)
	}
	os.Exit(check(root, rules, os.Stdout))
}

// check returns the exit status.
func check(root string, rules []rule, out io.Writer) (status int) {
	for _, r := range rules {
		for _, f := range r(root) {
			fmt.Fprintln(out, f)
			status = 1
		}
	}
	if status == 0 {
		fmt.Fprintf(out, "check: %d rules hold in %s\n", len(rules), strings.Join(chapters(root), ", "))
	}
	return status
}

// ---- what stands where

var isChapter = regexp.MustCompile(`^ch(0[1-9]|10)$`)

func topLevel(root string) (found []finding) {
	may := []string{"go.work", "go.work.sum", "Makefile", "README.md", ".ci", ".github", ".gitignore"}
	last := ""
	for _, f := range files(root, ".") {
		top, _, isDir := strings.Cut(f, "/")
		if top != last && !slices.Contains(may, top) && !(isDir && isChapter.MatchString(top)) {
			found = append(found, finding{"top", top, "only ch01 to ch10 and " + strings.Join(may, ", ") + " stand at the top: move or remove it"})
		}
		last = top
	}
	return found
}

func workspace(root string) (found []finding) {
	var work struct{ Use []struct{ DiskPath string } }
	goJSON(root, &work, "work", "edit", "-json", "go.work")
	var uses []string
	for _, u := range work.Use {
		uses = append(uses, path.Clean(u.DiskPath))
	}
	slices.Sort(uses)
	if there := chapters(root); !slices.Equal(uses, there) {
		found = append(found, finding{"workspace", "go.work", fmt.Sprintf("uses %v: the chapters here are %v", uses, there)})
	}
	return found
}

var packageClause = regexp.MustCompile(`(?m)^package (\w+)`)

// oneMain keeps "go run ./ch08/..." working: it refuses several main packages.
func oneMain(root string) (found []finding) {
	for _, ch := range chapters(root) {
		atRoot := false
		for _, f := range files(root, ch) {
			if path.Ext(f) != ".go" || strings.Contains(f, "/testdata/") {
				continue
			}
			if m := packageClause.FindSubmatch(read(root, f)); m == nil || string(m[1]) != "main" {
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

func modules(root string) (found []finding) {
	for _, ch := range chapters(root) {
		file := ch + "/go.mod"
		if !slices.Contains(files(root, ch), file) {
			found = append(found, finding{"module", file, "missing: every chapter is a module of its own"})
			continue
		}
		var mod struct {
			Module  struct{ Path string }
			Require []struct{ Path string }
		}
		goJSON(root, &mod, "mod", "edit", "-json", file)
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

func formatted(root string) (found []finding) {
	for _, f := range files(root, ".") {
		if path.Ext(f) != ".go" {
			continue
		}
		src := read(root, f)
		if want, err := format.Source(src); err != nil {
			found = append(found, finding{"gofmt", f, "can't be parsed: " + err.Error()})
		} else if !bytes.Equal(src, want) {
			found = append(found, finding{"gofmt", f, "not formatted: gofmt -w " + f})
		}
	}
	return found
}

// ---- one chapter against the one before

func sameCLI(root string) (found []finding) {
	first := ""
	for _, ch := range chapters(root) {
		file := ch + "/cli.go"
		switch {
		case !slices.Contains(files(root, ch), file):
			found = append(found, finding{"cli", file, "missing: the command line is the same in every chapter"})
		case first == "":
			first = file
		case !bytes.Equal(read(root, file), read(root, first)):
			found = append(found, finding{"cli", file, "differs from " + first + ": must be the same bytes, see make carry"})
		}
	}
	return found
}

// A step is what turns the chapter before into this one.
type step struct {
	prev, ch  string
	truth     map[string]string // file in the chapter → added, changed, removed or same
	table     map[string]string // file → what the README says
	badTables []finding
}

// steps leaves out README.md and go.sum.
func steps(root string) (all []step) {
	prev := ""
	for _, ch := range chapters(root) {
		s := step{prev: prev, ch: ch, truth: map[string]string{}}
		for _, f := range contents(root, prev) {
			s.truth[f] = "removed"
		}
		for _, f := range contents(root, ch) {
			switch {
			case s.truth[f] == "":
				s.truth[f] = "added"
			case bytes.Equal(normal(read(root, prev+"/"+f)), normal(read(root, ch+"/"+f))):
				s.truth[f] = "same"
			default:
				s.truth[f] = "changed"
			}
		}
		s.readTable(root)
		all = append(all, s)
		prev = ch
	}
	return all
}

var tableRow = regexp.MustCompile("^\\| `([^`]+)`\\s*\\|\\s*(added|changed|removed)\\s*\\|(.*)\\|\\s*$")

// readTable reads the rows `file` | added, changed or removed | reason that
// stand below the README's heading. A file that moved has two rows.
func (s *step) readTable(root string) {
	s.table = map[string]string{}
	readme := s.ch + "/README.md"
	bad := func(what string) { s.badTables = append(s.badTables, finding{"table", readme, what}) }
	heading := "## Files"
	if s.prev != "" {
		heading = "## Changed since " + s.prev
	}
	var text string
	if slices.Contains(files(root, s.ch), readme) {
		text = "\n" + string(read(root, readme))
	}
	_, section, ok := strings.Cut(text, "\n"+heading)
	if !ok {
		bad("no heading \"" + heading + "\": add it, with a table of every file")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		row := tableRow.FindStringSubmatch(line)
		if !strings.HasPrefix(line, "| `") {
			continue
		} else if row == nil {
			bad("write the row as | `file` | added, changed or removed | reason |: " + strings.TrimSpace(line))
			continue
		}
		if s.table[row[1]] != "" {
			bad(row[1] + " is listed twice: remove a row")
		}
		if strings.TrimSpace(row[3]) == "" {
			bad(row[1] + " has no reason: write one")
		}
		s.table[row[1]] = row[2]
	}
}

// carried reports a file that drifted from its copy in the chapter before.
func carried(root string) (found []finding) {
	for _, s := range steps(root) {
		for _, f := range slices.Sorted(maps.Keys(s.truth)) {
			if s.truth[f] == "changed" && s.table[f] != "changed" {
				found = append(found, finding{"carried", s.ch + "/" + f, fmt.Sprintf("differs from %s/%s: make carry FROM=%s FILE=%s, or list it as changed in %s/README.md", s.prev, f, s.prev, f, s.ch)})
			}
		}
	}
	return found
}

func tables(root string) (found []finding) {
	for _, s := range steps(root) {
		found = append(found, s.badTables...)
		readme := s.ch + "/README.md"
		for _, f := range slices.Sorted(maps.Keys(s.table)) {
			truth := s.truth[f]
			if truth == "" {
				truth = "in neither chapter"
			}
			if truth != s.table[f] {
				found = append(found, finding{"table", readme, fmt.Sprintf("says that %s is %s, but it is %s: correct the row", f, s.table[f], truth)})
			}
		}
		for _, f := range slices.Sorted(maps.Keys(s.truth)) {
			// A change that isn't listed is carried's to report.
			if (s.truth[f] == "added" || s.truth[f] == "removed") && s.table[f] == "" {
				found = append(found, finding{"table", readme, fmt.Sprintf("add a row: | `%s` | %s | reason |", f, s.truth[f])})
			}
		}
	}
	return found
}

var namesChapter = regexp.MustCompile(`(?i)//.*\b(ch[0-9]{2}|chapter [0-9]+|(previous|last|next) chapter)\b`)

// comments reports a chapter's name in a comment that is read in several
// chapters, in Go and in assembly.
func comments(root string) (found []finding) {
	for _, s := range steps(root) {
		for _, f := range slices.Sorted(maps.Keys(s.truth)) {
			if s.truth[f] != "same" || path.Ext(f) != ".go" && path.Ext(f) != ".s" {
				continue
			}
			for i, line := range strings.Split(string(read(root, s.ch+"/"+f)), "\n") {
				if m := namesChapter.FindStringSubmatch(line); m != nil {
					at := fmt.Sprintf("%s/%s:%d", s.ch, f, i+1)
					found = append(found, finding{"comment", at, fmt.Sprintf("names %q in a file carried from %s: say it without", m[1], s.prev)})
				}
			}
		}
	}
	return found
}

// ---- what compiles

// build builds each chapter alone, as somebody does who copied its folder.
func build(root string) (found []finding) {
	for _, ch := range chapters(root) {
		hint := "cd " + ch + " && GOWORK=off go build ./..."
		found = append(found, compile(filepath.Join(root, ch), "build", ch, hint, []string{"GOWORK=off"}, "build", "-o", os.DevNull, "./...")...)
	}
	return found
}

// generated compares each x_corofied.go with what the chapter's corofy makes of
// x.go now, in a directory of its own: the tree stays as it is.
func generated(root string) (found []finding) {
	tmp, err := os.MkdirTemp("", "check")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	for _, ch := range chapters(root) {
		there, sources := files(root, ch), stackful(root, ch)
		for _, source := range sources {
			f := strings.TrimSuffix(source, ".go") + "_corofied.go"
			if !slices.Contains(there, f) {
				found = append(found, finding{"generated", f, "missing: make generate"})
				continue
			}
			now := filepath.Join(tmp, filepath.FromSlash(f))
			if err := os.MkdirAll(filepath.Dir(now), 0o777); err != nil {
				log.Fatal(err)
			}
			bad := compile(root, "generated", f, "make generate", nil, "run", "-tags", "stackful", "./"+ch+"/...", "corofy", source, "-o", now)
			found = append(found, bad...)
			switch _, err := os.Stat(now); {
			case bad != nil:
			case err != nil:
				found = append(found, finding{"generated", f, "corofy succeeds and makes nothing of " + source})
			case !bytes.Equal(read(root, f), read(tmp, f)):
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

const tag = "//go:build stackful"

// stackful lists the files that corofy rewrites: those whose first line is the
// tag. A test has nothing to stand in for it without the tag.
func stackful(root, ch string) (sources []string) {
	for _, f := range files(root, ch) {
		if path.Ext(f) != ".go" || strings.HasSuffix(f, "_test.go") || strings.Contains(f, "/testdata/") {
			continue
		}
		if first, _, _ := bytes.Cut(read(root, f), []byte("\n")); string(bytes.TrimSuffix(first, []byte("\r"))) == tag {
			sources = append(sources, f)
		}
	}
	return sources
}

// vet looks at both builds of a chapter that has two.
func vet(systems []string) rule {
	return func(root string) (found []finding) {
		var tagged []string
		for _, ch := range chapters(root) {
			if len(stackful(root, ch)) > 0 {
				tagged = append(tagged, "./"+ch+"/...")
			}
		}
		for _, s := range systems {
			goos, goarch, _ := strings.Cut(s, "/")
			env := []string{"GOOS=" + goos, "GOARCH=" + goarch, "CGO_ENABLED=0"}
			run := func(file string, args ...string) {
				hint := strings.Join(env, " ") + " go " + strings.Join(args, " ")
				found = append(found, compile(root, "vet", file, hint, env, args...)...)
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

// ---- small tools

func chapters(root string) (chs []string) {
	for _, f := range files(root, ".") {
		if top, _, isDir := strings.Cut(f, "/"); isDir && isChapter.MatchString(top) && !slices.Contains(chs, top) {
			chs = append(chs, top)
		}
	}
	return chs // sorted, as files are
}

// contents lists the files that a chapter's table speaks of, relative to it.
func contents(root, ch string) (names []string) {
	if ch == "" {
		return nil
	}
	for _, f := range files(root, ch) {
		if f = strings.TrimPrefix(f, ch+"/"); f != "README.md" && f != "go.sum" {
			names = append(names, f)
		}
	}
	return names
}

// files lists the files below dir that exist and that git doesn't ignore.
func files(root, dir string) (names []string) {
	out := output(root, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", dir)
	for f := range strings.SplitSeq(string(out), "\x00") {
		if _, err := os.Lstat(filepath.Join(root, f)); f != "" && err == nil {
			names = append(names, f)
		}
	}
	slices.Sort(names)
	return slices.Compact(names) // a merge conflict lists a file three times
}

func read(root, file string) []byte {
	b, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		log.Fatal(err)
	}
	if runtime.GOOS == "windows" { // git may have checked it out with CRLF
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	}
	return b
}

var chapterName = regexp.MustCompile(`\bch[0-9]{2}\b`)

func normal(b []byte) []byte { return chapterName.ReplaceAll(b, []byte("chNN")) }

func output(dir, name string, args ...string) []byte {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		log.Fatalf("%s: %v", cmd, err)
	}
	return out
}

func goJSON(dir string, v any, args ...string) {
	if err := json.Unmarshal(output(dir, "go", args...), v); err != nil {
		log.Fatal(err)
	}
}
