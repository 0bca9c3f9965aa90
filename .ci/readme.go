package main

import (
	"context"
	"fmt"
	"log"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The rules for what the READMEs say: a chapter's file is where they say it is, and no more and no less has changed.

// A row of the section "Changed since": patterns of files, what has become of them, and why.
type row struct {
	patterns     []string
	kinds, cause string
}

var (
	rowForm  = regexp.MustCompile("^\\| ((?:`[^`]+`,? ?)+)\\s*\\|([^|]*)\\|(.*)\\|\\s*$")
	quoted   = regexp.MustCompile("`([^`]+)`")
	kindForm = regexp.MustCompile(`^(added|changed|removed)(, (added|changed|removed))*$`)
)

// table reads those rows. A file that moved has two.
func (s step) table(found *[]finding) (rows []row) {
	heading := "## Changed since " + s.from + "\n"
	if s.from == "" {
		heading = "## Files\n"
	}
	bad := func(what string) { *found = append(*found, finding{"table", s.to + "/README.md", what}) }
	text := section(s.to, heading)
	if text == "" {
		bad(fmt.Sprintf("no heading %q: add it, with a table of the files", strings.TrimSpace(heading)))
	}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		m := rowForm.FindStringSubmatch(line)
		if m == nil || !kindForm.MatchString(strings.TrimSpace(m[2])) || strings.TrimSpace(m[3]) == "" {
			bad("write the row as | `file` | added, changed or removed | reason |: " + strings.TrimSpace(line))
			continue
		}
		r := row{kinds: strings.TrimSpace(m[2]), cause: strings.TrimSpace(m[3])}
		for _, q := range quoted.FindAllStringSubmatch(m[1], -1) {
			r.patterns = append(r.patterns, q[1])
		}
		rows = append(rows, r)
	}
	return rows
}

func rowFor(rows []row, file string) *row {
	for i := range rows {
		if slices.ContainsFunc(rows[i].patterns, func(p string) bool { ok, _ := path.Match(p, file); return ok }) {
			return &rows[i]
		}
	}
	return nil
}

// tables compares the section with what has changed. Tests, generated files and those of other systems may share a
// row; any other file has one of its own, and a reason of its own.
func tables() (found []finding) {
	for _, s := range steps() {
		rows, reasons := s.table(&found), map[string]bool{}
		kinds := make([]map[string]bool, len(rows))
		bad := func(format string, a ...any) {
			found = append(found, finding{"table", s.to + "/README.md", fmt.Sprintf(format, a...)})
		}
		for _, f := range slices.Sorted(maps.Keys(s.kind)) {
			r := rowFor(rows, f)
			if s.kind[f] == "same" {
				continue
			} else if r == nil {
				// A change that isn't listed is carried's to report. Tests go where their package stays the same.
				if s.kind[f] != "changed" && (s.kind[f] != "removed" || kindOf(s.at(f)) != "tests") {
					bad("add a row: | `%s` | %s | reason |", f, s.kind[f])
				}
				continue
			}
			i := slices.IndexFunc(rows, func(other row) bool { return &other.patterns[0] == &r.patterns[0] })
			if kinds[i] == nil {
				kinds[i] = map[string]bool{}
			}
			kinds[i][s.kind[f]] = true
			if kindOf(s.at(f)) == "" && !slices.Equal(r.patterns, []string{f}) {
				bad("%s is hand-written: give it a row of its own", f)
			}
		}
		for i, r := range rows {
			if truth := strings.Join(slices.Sorted(maps.Keys(kinds[i])), ", "); truth != r.kinds {
				bad("says that %s is %s, but it is %q: correct the row", strings.Join(r.patterns, " "), r.kinds, truth)
			}
			if reasons[r.cause] {
				bad("gives two files one reason: %s", r.cause)
			}
			reasons[r.cause] = true
		}
	}
	return found
}

// book: every entry of the book's contents, and every name in its listings, is in the section "Book → here".
func book() (found []finding) {
	for _, ch := range chapters() {
		text := section(ch, "## Book → here\n")
		bad := func(format string, a ...any) {
			found = append(found, finding{"book", ch + "/README.md", fmt.Sprintf(format, a...)})
		}
		for _, f := range facts("book.tsv", ch) {
			page, entry := f[1], strings.TrimPrefix(f[2], "*")
			if !slices.ContainsFunc(strings.Split(text, "\n"), func(line string) bool {
				cells := strings.Split(line, "|")
				if len(cells) < 4 {
					return false
				}
				i := slices.Index(strings.Split(strings.TrimSpace(cells[2]), " · "), entry)
				pages := strings.Split(strings.TrimSpace(cells[1]), ", ")
				return i >= 0 && (i < len(pages) && pages[i] == page || len(pages) == 1 && pages[0] == page)
			}) {
				bad("Book → here has no row for %q with its page, %s", entry, page)
			}
		}
		for _, f := range facts("book_names.tsv", ch) {
			if !regexp.MustCompile("`[^`\n]*\\b" + regexp.QuoteMeta(f[1]) + "\\b[^`\n]*`").MatchString(text) {
				bad("Book → here doesn't say what became of the book's `%s` (%s)", f[1], f[3])
			}
		}
	}
	return found
}

// facts reads one of the files beside this one that hold facts of the book.
func facts(file, ch string) (rows [][]string) {
	b, _ := os.ReadFile(".ci/" + file)
	for line := range strings.Lines(string(normalEnds(b))) {
		if f := strings.Split(strings.TrimRight(line, "\n"), "\t"); "ch"+f[0] == ch {
			rows = append(rows, f)
		}
	}
	return rows
}

var (
	anyLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fence   = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")
)

// readmes: links lead somewhere, diagrams can be drawn, and an excerpt is what its file says.
func readmes() (found []finding) {
	for _, ch := range append(chapters(), ".") {
		file := path.Join(ch, "README.md")
		b, _ := os.ReadFile(file)
		text := string(normalEnds(b))
		bad := func(format string, a ...any) {
			found = append(found, finding{"readme", file, fmt.Sprintf(format, a...)})
		}
		for _, m := range anyLink.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if _, err := os.Stat(path.Join(ch, target)); err != nil && !strings.Contains(target, "://") {
				bad("links %s, which isn't there", target)
			}
		}
		for _, at := range fence.FindAllStringSubmatchIndex(text, -1) {
			kind, block := text[at[2]:at[3]], text[at[4]:at[5]]
			lines := strings.Split(strings.TrimSpace(text[:at[0]]), "\n")
			link := anyLink.FindStringSubmatch(lines[len(lines)-1])
			switch {
			case kind == "mermaid" && strings.Contains(block, ";"):
				bad("has a ; in a diagram, where it ends a statement: %q", firstLine(block, ";"))
			case (kind == "go" || kind == "asm") && link != nil && path.Ext(link[1]) != ".md":
				src, _ := os.ReadFile(path.Join(ch, link[1]))
				if missing := notIn(string(normalEnds(src)), block); missing != "" {
					bad("shows an excerpt of %s that isn't there: %q", link[1], missing)
				}
				if n := strings.Count(block, "\n"); n > 25 {
					bad("shows %d lines of %s at once: at most 25", n, link[1])
				}
			case (kind == "go" || kind == "asm") && strings.Contains(section(ch, "## The idea, in code\n"), block):
				bad("shows code without a link to its file in the line above: %q", firstLine(block, ""))
			}
		}
	}
	return found
}

// notIn returns the first line of an excerpt that doesn't follow the one before it in src, indentation aside. A line … stands for
// any lines.
func notIn(src, excerpt string) string {
	trimmed := func(text string) string {
		var all []string
		for line := range strings.Lines(text) {
			all = append(all, strings.TrimSpace(line))
		}
		return "\n" + strings.Join(all, "\n") + "\n"
	}
	src = trimmed(src)
	for piece := range strings.SplitSeq(trimmed(excerpt), "\n…\n") {
		_, after, ok := strings.Cut(src, "\n"+strings.Trim(piece, "\n")+"\n")
		if !ok {
			return firstLine(piece, "")
		}
		src = "\n" + after
	}
	return ""
}

// firstLine returns the first line that isn't empty and has text in it.
func firstLine(block, text string) string {
	for line := range strings.Lines(block) {
		if line = strings.TrimSpace(line); line != "" && strings.Contains(line, text) {
			return line
		}
	}
	return ""
}

var tryMark = regexp.MustCompile(`(?s)^(.*?) \| expect: (.*?) -->(.*)`)

// tries does what the READMEs propose to try: it applies the patch behind a mark, if there is one before the next mark, to a copy
// of the chapter, runs the mark's command there, and looks for the text that it expects.
func tries() (found []finding) {
	for _, ch := range chapters() {
		for i, text := range strings.Split(section(ch, "## Try this\n"), "<!-- try: ") {
			if i > 0 {
				if what := try(ch, text); what != "" {
					found = append(found, finding{"try", ch + "/README.md", what})
				}
			}
		}
	}
	return found
}

// try returns what went wrong.
func try(ch, text string) string {
	m := tryMark.FindStringSubmatch(text)
	if m == nil {
		return fmt.Sprintf("write the mark as <!-- try: COMMAND | expect: TEXT -->: %.60s", text)
	}
	tmp, err := os.MkdirTemp("", "try")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	for _, f := range files(ch) {
		write(filepath.Join(tmp, f), read(f))
	}
	run := func(stdin string, words ...string) (string, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, words[0], words[1:]...)
		cmd.Dir, cmd.Env, cmd.Stdin = filepath.Join(tmp, ch), append(os.Environ(), "GOWORK=off"), strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, block := range fence.FindAllStringSubmatch(m[3], -1) {
		if block[1] == "diff" {
			if out, err := run(block[2], "git", "apply", "-"); err != nil {
				return fmt.Sprintf("a patch doesn't apply any more: %s", strings.TrimSpace(out))
			}
			break
		}
	}
	out, err := run("", strings.Fields(m[1])...)
	if !strings.Contains(out, m[2]) {
		return fmt.Sprintf("%s doesn't print %q (%v):\n%s", m[1], m[2], err, out)
	}
	return ""
}
