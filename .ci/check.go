package main

import (
	"fmt"
	"go/format"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Check holds the rules of this repository, so that a chapter can be read as the one before it plus a small step:
//
//	go run .ci/chapters.go .ci/check.go check [-quick]
//
// It prints each finding and exits with 1, or prints one line if all is well. It sees the files that git tracks and those
// that git would add. With -quick it leaves out what compiles.
func init() {
	commands["check"] = func(args []string) error {
		if slices.Equal(args, []string{"-quick"}) {
			return check(quick, os.Stdout)
		}
		return check(slices.Concat(quick, slow), os.Stdout)
	}
}

// A rule looks at the repository. It calls bad for each place where it is broken, and says what to do about it.
type rule func(bad report)

type report func(file, format string, a ...any)

var (
	quick = []rule{layout, each(changes), each(testsOnce), each(book), readmes}
	slow  = []rule{each(alone), each(generated), each(tries), vet}
)

// each looks at every step; the first is the one from nothing to the first chapter.
func each(look func(s step, bad report)) rule {
	return func(bad report) {
		from := "ch00"
		for _, ch := range chapters() {
			look(newStep(from, ch), bad)
			from = ch
		}
	}
}

func check(rules []rule, out io.Writer) error {
	n := 0
	for _, r := range rules {
		r(func(file, format string, a ...any) {
			fmt.Fprintf(out, "check: %s: %s\n", file, fmt.Sprintf(format, a...))
			n++
		})
	}
	if n > 0 {
		return fmt.Errorf("findings: %d", n)
	}
	fmt.Fprintf(out, "check: the rules hold in %s\n", strings.Join(chapters(), ", "))
	return nil
}

// ---- what stands where

var (
	mayBeTop    = regexp.MustCompile(`^((\.ci|\.github|ch0[1-9]|ch10)/|(go\.work|go\.work\.sum|Makefile|README\.md|\.gitignore)$)`)
	requirement = regexp.MustCompile(`(\S+) v[0-9]`)
)

func layout(bad report) {
	if use := "use (\n\t./" + strings.Join(chapters(), "\n\t./") + "\n)\n"; !strings.HasSuffix(read("go.work"), "\n"+use) {
		bad("go.work", "end it with the chapters that are here: %s", use)
	}
	for _, f := range files(".") {
		if !mayBeTop.MatchString(f) {
			bad(f, "only ch01 to ch10, .ci, .github, go.work, go.work.sum, Makefile, README.md and .gitignore stand at the top: move or remove it")
		}
		if path.Ext(f) != ".go" {
			continue
		}
		if now, err := format.Source([]byte(read(f))); err != nil || string(now) != read(f) {
			bad(f, "not formatted: gofmt -w %s", f)
		}
		if strings.Count(f, "/") > 1 && !strings.Contains(f, "/testdata/") && isMain(f) {
			bad(f, "package main below the chapter's root, so go run refuses the chapter: make it an example or a subcommand")
		}
	}
	for _, ch := range chapters() {
		if !isMain(ch + "/main.go") {
			bad(ch+"/main.go", "missing, or not package main")
		}
		if read(ch+"/kit/kit.go") == "" {
			bad(ch+"/kit/kit.go", "missing: the command line is the same in every chapter")
		}
		mod := read(ch + "/go.mod")
		if !strings.HasPrefix(mod, "module "+ch+"\n") {
			bad(ch+"/go.mod", "begin it with module %s: every chapter is a module, named after its folder", ch)
		}
		for _, m := range requirement.FindAllStringSubmatch(mod, -1) {
			if m[1] != "golang.org/x/sys" {
				bad(ch+"/go.mod", "requires %s: do without, only golang.org/x/sys may be used", m[1])
			}
		}
	}
}

func isMain(file string) bool {
	return regexp.MustCompile(`(?m)^package \w+`).FindString(read(file)) == "package main"
}

// ---- one chapter against the one before

// A row of the README's section "Changed since": patterns of files, what is said of them and why, and what is true.
type row struct {
	patterns  []string
	said, why string
	is        []string
}

var (
	namesChapter = regexp.MustCompile(`(?i)(//|/\*).*\b(ch[0-9]{2}|chapters? [0-9]+|(previous|last|next|earlier) chapter|chapter before)\b`)
	rowForm      = regexp.MustCompile("(?m)^\\| `(?:([^|]+)` \\| ([a-z, ]+) \\| (\\S.*) \\||.*)$")
)

// changes compares that section with what has changed. Tests, generated files and those of other systems may share a row;
// any other file has one of its own, and a reason of its own. A file that has changed and has no row drifted from its copy
// in the chapter before, and those in kit are the same in all. A file that is the same names no chapter in a comment.
func changes(s step, bad report) {
	readme, text := s.to+"/README.md", section(s.to, "## Changed since "+s.from+"\n")+section(s.to, "## Files\n")
	if text == "" {
		bad(readme, "no heading ## Changed since %s, or ## Files in the first chapter: add it, with a table of the files", s.from)
	}
	var rows []*row
	for _, m := range rowForm.FindAllStringSubmatch(text, -1) {
		r := &row{patterns: strings.Split(m[1], "` `"), said: m[2], why: m[3]}
		if r.why == "" {
			bad(readme, "write the row as | `file` | added, changed or removed | reason |: %s", m[0])
		}
		if slices.ContainsFunc(rows, func(other *row) bool { return other.why == r.why }) {
			bad(readme, "gives two files one reason: %s", r.why)
		}
		rows = append(rows, r)
	}
	for _, f := range s.files() {
		kind, left := s.kind[f], s.leftOut(f)
		i := slices.IndexFunc(rows, func(r *row) bool {
			return slices.ContainsFunc(r.patterns, func(p string) bool { ok, _ := path.Match(p, f); return ok })
		})
		switch {
		case kind == "same":
			for _, m := range namesChapter.FindAllStringSubmatch(read(s.to+"/"+f), -1) {
				bad(s.to+"/"+f, "names %q in a file carried from %s: say it without: %s", m[2], s.from, m[0])
			}
		case kind == "changed" && (i < 0 || strings.HasPrefix(f, "kit/")):
			bad(s.to+"/"+f, "differs from %s/%s: make carry FROM=%s FILE=%s, or list it as changed in %s (but for kit)", s.from, f, s.from, f, readme)
		case i >= 0:
			rows[i].is = append(rows[i].is, kind)
			if !slices.Contains([]string{"tests", "generated", "other systems"}, left) && !slices.Equal(rows[i].patterns, []string{f}) {
				bad(readme, "%s is hand-written: give it a row of its own", f)
			}
		case kind == "added" || left != "tests": // tests go where their package stays the same
			bad(readme, "add a row: | `%s` | %s | reason |", f, kind)
		}
	}
	for _, r := range rows {
		slices.Sort(r.is)
		if is := strings.Join(slices.Compact(r.is), ", "); is != r.said {
			bad(readme, "says that %s is %s, but it is %q: correct the row", strings.Join(r.patterns, " "), r.said, is)
		}
	}
}

// testsOnce: a package that is the same as in the chapter before has no tests, since they stand there; but the last
// chapter, which people take away, has all. One that isn't the same has some, unless tests call it.
func testsOnce(s step, bad report) {
	changed, tests, text := map[string]bool{}, map[string]string{}, map[string]string{} // of each folder
	for _, f := range s.files() {
		switch dir := path.Dir(f); {
		case path.Ext(f) != ".go" || strings.Contains(f, "testdata/") || strings.HasSuffix(f, "_corofied.go"):
		case strings.HasSuffix(f, "_test.go"):
			tests[dir] += read(s.to + "/" + f) // of what is there still
		default:
			changed[dir] = changed[dir] || s.kind[f] != "same"
			text[dir] += read(s.to + "/" + f)
		}
	}
	for dir := range text {
		if !changed[dir] && tests[dir] != "" && s.from != "ch00" && s.to != slices.Max(chapters()) {
			bad(s.to+"/"+dir, "is the same as in %s, where its tests stand: remove them here", s.from)
		}
		if changed[dir] && tests[dir] == "" && text[dir] != "" && !strings.Contains(text[dir], "\t\"testing\"\n") {
			bad(s.to+"/"+dir, "has changed, and has no tests")
		}
	}
}

// ---- what the READMEs say

var bookRow = regexp.MustCompile(`(?m)^\| (.*?) \| (.*?) \|`)

// book: every entry of the book's contents with its page, and every name in its listings, is in the section "Book → here".
func book(s step, bad report) {
	text, has := section(s.to, "## Book → here\n"), map[string]bool{}
	for _, m := range bookRow.FindAllStringSubmatch(text, -1) {
		pages := strings.Split(m[1], ", ") // one for each entry, or for all
		for i, entry := range strings.Split(m[2], " · ") {
			has[pages[i%len(pages)]+" "+entry] = true
		}
	}
	for _, f := range facts("book.tsv", s.to) {
		if entry := strings.TrimPrefix(f[2], "*"); !has[f[1]+" "+entry] {
			bad(s.to+"/README.md", "Book → here has no row for %q with its page, %s", entry, f[1])
		}
	}
	for _, f := range facts("book_names.tsv", s.to) {
		if !regexp.MustCompile("`[^`\n]*\\b" + regexp.QuoteMeta(f[1]) + "\\b[^`\n]*`").MatchString(text) {
			bad(s.to+"/README.md", "Book → here doesn't say what became of the book's `%s` (%s)", f[1], f[2])
		}
	}
}

// facts are the lines for a chapter in a file beside this one that holds facts of the book: the line, its second field, the rest.
func facts(file, ch string) [][]string {
	return regexp.MustCompile(`(?m)^`+ch[2:]+`\t(.*?)\t(.*)$`).FindAllStringSubmatch(read(".ci/"+file), -1)
}

var (
	fence  = regexp.MustCompile("(?m)(?:^(.*)\n+)?^```(\\w*)\n((?s:.*?))^```$") // with the line above it
	margin = regexp.MustCompile(`(?m)^[ \t]+|[ \t]+$`)
	length = regexp.MustCompile(`\]\(([^)\s]+)\) \((\d+) lines\)`)
)

// readmes: links lead somewhere, files have the lines that are said, diagrams can be drawn, and an excerpt is what its file says.
func readmes(bad report) {
	for _, ch := range append(chapters(), ".") {
		readme := path.Join(ch, "README.md")
		text := read(readme)
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, "$1"), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if _, err := os.Stat(path.Join(ch, target)); err != nil && !strings.Contains(target, "://") {
				bad(readme, "links %s, which isn't there", target)
			}
		}
		for _, m := range length.FindAllStringSubmatch(text, -1) {
			if n := strings.Count(read(path.Join(ch, m[1])), "\n"); fmt.Sprint(n) != m[2] {
				bad(readme, "says that %s has %s lines: it has %d", m[1], m[2], n)
			}
		}
		for _, m := range fence.FindAllStringSubmatch(text, -1) {
			above, kind, block := link.FindStringSubmatch(m[1]), m[2], m[3]
			switch isCode := kind == "go" || kind == "asm"; {
			case kind == "mermaid" && strings.Contains(block, ";"):
				bad(readme, "has a ; in a diagram, where it ends a statement: %q", regexp.MustCompile(".*;.*").FindString(block))
			case isCode && above != nil && path.Ext(above[1]) != ".md":
				excerpt := strings.ReplaceAll(regexp.QuoteMeta(margin.ReplaceAllString(block, "")), "\n…\n", "\n(?s:.*\n)?") // any lines
				if src := margin.ReplaceAllString(read(path.Join(ch, above[1])), ""); !regexp.MustCompile("(?m)^" + excerpt).MatchString(src) {
					bad(readme, "shows an excerpt of %s that isn't there: %s", above[1], block)
				}
				if n := strings.Count(block, "\n"); n > 25 {
					bad(readme, "shows %d lines of %s at once: at most 25", n, above[1])
				}
			case isCode && strings.Contains(section(ch, "## The idea, in code\n"), block):
				bad(readme, "shows code without a link to its file in the line above: %q", block)
			}
		}
	}
}

var tryForm = regexp.MustCompile("(?ms)^(.*?) \\| expect: (.*?) -->(?:.*?^```diff\n(.*?)^```$)?")

// tries does what the READMEs propose to try: it applies the patch behind a mark, if there is one before the next mark, to a
// copy of the chapter, runs the mark's command there, and looks for the text that it expects.
func tries(s step, bad report) {
	for _, text := range strings.Split(section(s.to, "## Try this\n"), "<!-- try: ")[1:] {
		m := tryForm.FindStringSubmatch(text)
		if m == nil {
			bad(s.to+"/README.md", "write the mark as <!-- try: COMMAND | expect: TEXT -->: %.60s", text)
			continue
		}
		tmp := tempDir()
		for _, f := range files(s.to) {
			write(tmp+"/"+f, read(f))
		}
		write(tmp+"/patch", m[3])
		dir := tmp + "/" + s.to
		if _, err := run(dir, nil, "git", "apply", "--allow-empty", "../patch"); err != nil {
			bad(s.to+"/README.md", "a patch doesn't apply any more: %v", err)
		} else if out, err := run(dir, []string{"GOWORK=off"}, strings.Fields(m[1])...); !strings.Contains(out, m[2]) {
			bad(s.to+"/README.md", "%s doesn't print %q (%v):\n%s", m[1], m[2], err, out)
		}
		os.RemoveAll(tmp)
	}
}

// ---- what compiles

// alone builds each chapter alone, as somebody does who copied its folder.
func alone(s step, bad report) {
	if _, err := run(s.to, []string{"GOWORK=off"}, "go", "build", "-o", os.DevNull, "./..."); err != nil {
		bad(s.to, "%v", err)
	}
}

// generated compares each x_corofied.go with what the chapter's corofy makes of x.go now. The tree stays as it is.
func generated(s step, bad report) {
	tmp := tempDir()
	defer os.RemoveAll(tmp)
	now := tmp + "/now.go"
	there, sources := files(s.to), stackful(s.to)
	for _, source := range sources {
		os.Remove(now)
		f := corofied(source)
		if _, err := run(".", nil, "go", "run", "-tags", "stackful", "./"+s.to+"/...", "corofy", source, "-o", now); err != nil {
			bad(f, "%v", err)
		} else if !slices.Contains(there, f) || read(f) != read(now) {
			bad(f, "isn't what corofy makes of %s now, or git ignores it: make generate", source)
		}
	}
	for _, f := range there {
		source, ok := strings.CutSuffix(f, "_corofied.go")
		if ok && !testFile.MatchString(f) && !slices.Contains(sources, source+".go") {
			bad(f, "has no source, a %s.go whose first line is %s: remove it, or restore that and make generate", source, tag)
		}
	}
}

// systems are what every chapter compiles for.
var systems = []string{
	"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64",
	"freebsd/amd64", "freebsd/arm64", "netbsd/amd64", "openbsd/amd64",
}

// vet looks at both builds.
func vet(bad report) {
	for _, s := range systems {
		goos, goarch, _ := strings.Cut(s, "/")
		for _, tags := range []string{"", "stackful"} {
			env := []string{"GOOS=" + goos, "GOARCH=" + goarch, "CGO_ENABLED=0"}
			if _, err := run(".", env, "go", "vet", "-tags="+tags, "work"); err != nil {
				bad(s, "%v", err)
			}
		}
	}
}
