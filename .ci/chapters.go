// Chapters does what takes whole chapters:
//
//	go run .ci/chapters.go diff 07 08           the step from one to another, for a reader
//	go run .ci/chapters.go diff 07 08 ALL       all that differs; or one file: http/http.go
//	go run .ci/chapters.go carry ch01 kit/kit.go  a change of a carried file, to every later copy
//	go run .ci/chapters.go generate [07 ...]    what corofy makes of the files tagged stackful
//	go run .ci/chapters.go stackful             the tests of the chapters with such files, with that tag
//	go run .ci/chapters.go lines                how long the same little program is in each model
//
// It must be run at the top of the repository. With the other files of this folder it has one more
// command, check: see check.go.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/build"
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

var commands = map[string]func(args []string) error{
	"diff": diff, "carry": carry, "generate": generate, "stackful": testStackful, "lines": lines,
}

func main() {
	log.SetFlags(0)
	var run func([]string) error
	if len(os.Args) > 1 {
		log.SetPrefix(os.Args[1] + ": ")
		run = commands[os.Args[1]]
	}
	if len(chapters()) == 0 {
		log.Fatal("there are no chapters here: run this at the top of the repository")
	}
	if run == nil {
		log.SetPrefix("")
		log.Fatal("usage: go run .ci/chapters.go diff FROM TO [ALL | FILE] | carry FROM FILE | generate [CHAPTER...] | stackful | lines")
	}
	if err := run(os.Args[2:]); err != nil {
		log.Fatal(err)
	}
}

// ---- the step

// diff prints the step, through a pager if there is a terminal.
func diff(args []string) error {
	only := "" // "ALL", or one file
	if len(args) == 3 {
		only = path.Clean(filepath.ToSlash(args[2]))
		only = strings.TrimPrefix(strings.TrimPrefix(only, folder(args[0])+"/"), folder(args[1])+"/")
	} else if len(args) != 2 {
		return errors.New("usage: diff FROM TO [ALL | FILE], say diff 07 08")
	}
	info, err := os.Stdout.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	text, err := stepText(folder(args[0]), folder(args[1]), only, terminal)
	if err != nil {
		return err
	}
	words := strings.Fields(cmp.Or(os.Getenv("GIT_PAGER"), os.Getenv("PAGER"), "less"))
	pager := exec.Command(words[0], words[1:]...)
	pager.Stdin, pager.Stdout, pager.Env = strings.NewReader(text), os.Stdout, append([]string{"LESS=FRX"}, os.Environ()...)
	if !terminal || pager.Start() != nil {
		_, err = io.WriteString(os.Stdout, text)
		return err
	}
	return pager.Wait()
}

// stepText is a table of contents in the order in which the README says to read, then what has changed in
// those files, and then a line for each kind of file that is left out, also those that the README doesn't name. It compares copies in which every chapter's name
// is chNN, so that what is the same in both doesn't show.
func stepText(from, to, only string, colored bool) (string, error) {
	tmp, err := os.MkdirTemp("", "diff")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	s, left := newStep(from, to), map[string][]string{}
	if kind := s.kind[only]; only != "" && only != "ALL" && (kind == "" || kind == "same") {
		return "", fmt.Errorf("%s: %s in %s and %s", only, cmp.Or(kind, "no such file"), from, to)
	}
	order, rest := readingOrder(to), []string(nil)
	for _, f := range slices.Sorted(maps.Keys(s.kind)) {
		kind := s.leftOut(f)
		if kind == "" && len(order) > 0 && !slices.Contains(order, f) {
			kind = "not to read"
		}
		if only == "" && kind != "" || only != "" && only != "ALL" && only != f {
			left[kind] = append(left[kind], f)
			continue
		}
		rest = append(rest, f)
		for _, ch := range []string{from, to} {
			if b, err := os.ReadFile(ch + "/" + f); err == nil {
				write(filepath.Join(tmp, ch, f), normal(b))
			}
		}
	}
	write(filepath.Join(tmp, from, "_"), nil) // git wants both folders
	write(filepath.Join(tmp, to, "_"), nil)
	write(filepath.Join(tmp, "order"), []byte(to+"/"+strings.Join(append(order, rest...), "\n"+to+"/")+"\n"))

	filter, color := "--diff-filter=d", "--no-color"
	if only != "" && s.kind[only] == "removed" {
		filter = "--diff-filter=D"
	}
	if colored {
		color = "--color"
	}
	cmd := exec.Command("git", "diff", "--no-index", "--no-ext-diff", "--numstat", "--patch", filter, color, "-M", "--histogram", "-Oorder", from, to)
	cmd.Dir, cmd.Stderr = tmp, os.Stderr
	out, err := cmd.Output()
	if err != nil && cmd.ProcessState.ExitCode() != 1 { // 1: they differ
		return "", err
	}
	table, patch, _ := strings.Cut(string(out), "\n\n")
	text := fmt.Sprintf("The step from %s to %s, in reading order:\n\n", from, to)
	for line := range strings.Lines(table) {
		f := strings.SplitN(strings.TrimSpace(line), "\t", 3)
		name, kind := strings.TrimPrefix(f[2], "{"+from+" => "+to+"}/"), "changed"
		if added, ok := strings.CutPrefix(name, "/dev/null => "+to+"/"); ok {
			name, kind = added, "added"
		}
		text += fmt.Sprintf("  %-8s %5s %5s  %s\n", kind, "+"+f[0], "-"+f[1], name)
	}
	text += "\n" + patch
	if only != "" {
		return text, nil
	}
	text += fmt.Sprintf("\nLeft out (make diff FROM=%s TO=%s ALL=1 prints all that differs, FILE=… one file):\n", from[2:], to[2:])
	for _, kind := range kinds {
		if len(left[kind]) > 0 {
			names := strings.Join(left[kind], " ")
			if len(names) > 90 {
				names = names[:strings.LastIndex(names[:90], " ")] + " …"
			}
			text += fmt.Sprintf("  %-14s %3d  %s\n", kind, len(left[kind]), names)
		}
	}
	return text, nil
}

// A step is what turns one chapter into the next: file → added, changed, removed or same. It leaves
// out README.md and go.sum.
type step struct {
	from, to string
	kind     map[string]string
}

func newStep(from, to string) step {
	s := step{from, to, map[string]string{}}
	for _, f := range contents(from) {
		s.kind[f] = "removed"
	}
	for _, f := range contents(to) {
		if s.kind[f] == "" {
			s.kind[f] = "added"
		} else if bytes.Equal(normal(read(from+"/"+f)), normal(read(to+"/"+f))) {
			s.kind[f] = "same"
		} else {
			s.kind[f] = "changed"
		}
	}
	return s
}

var kinds = []string{"not to read", "tests", "generated", "other systems", "measuring", "removed", "carried as is"}

// leftOut returns why a reader of the step can do without a file, or "".
func (s step) leftOut(f string) string {
	switch kind := kindOf(s.at(f)); {
	case s.kind[f] == "same":
		return "carried as is"
	case kind == "" && s.kind[f] == "removed":
		return "removed"
	case kind == "" && strings.HasPrefix(f, "bench/"):
		return "measuring"
	default:
		return kind
	}
}

func (s step) at(f string) string {
	if s.kind[f] == "removed" {
		return s.from + "/" + f
	}
	return s.to + "/" + f
}

// kindOf tells tests, generated files and those of other systems than Linux from all others: "".
func kindOf(file string) string {
	linux := build.Default
	linux.GOOS, linux.GOARCH, linux.BuildTags = "linux", "amd64", []string{"stackful"}
	dir, name := path.Split(file)
	switch match, err := linux.MatchFile(dir, name); {
	case strings.HasSuffix(file, "_test.go") || regexp.MustCompile(`/(testdata|kittest|leaktest)/`).MatchString(file):
		return "tests"
	case strings.HasSuffix(file, "_corofied.go"):
		return "generated"
	case (path.Ext(file) == ".go" || path.Ext(file) == ".s") && err == nil && !match:
		return "other systems"
	}
	return ""
}

var readLink = regexp.MustCompile(`\]\(([^)#:]+)\)`)

// readingOrder lists what the numbered lines of the README's section "Read" link.
func readingOrder(ch string) (order []string) {
	for line := range strings.Lines(section(ch, "## Read\n")) {
		for _, m := range readLink.FindAllStringSubmatch(line, -1) {
			if '1' <= line[0] && line[0] <= '9' {
				order = append(order, m[1])
			}
		}
	}
	return order
}

// section returns what stands below a heading of the chapter's README.
func section(ch, heading string) string {
	b, _ := os.ReadFile(ch + "/README.md")
	_, text, _ := strings.Cut("\n"+string(normalEnds(b)), "\n"+heading)
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// ---- carried files

// carry makes the change of a file since HEAD in every later chapter that has it, and stages those.
func carry(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: carry FROM FILE, say carry ch01 kit/kit.go")
	}
	from := folder(args[0])
	file := path.Clean(strings.TrimPrefix(filepath.ToSlash(args[1]), from+"/"))
	origin := from + "/" + file
	if git("diff", "--name-only", "HEAD", "--", origin) == "" {
		return fmt.Errorf("nothing to carry: %s has no uncommitted change, or git doesn't know it yet", origin)
	}
	tmp, err := os.MkdirTemp("", "carry")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	before, now, carried := filepath.Join(tmp, "before"), filepath.Join(tmp, "now"), 0
	for _, ch := range chapters() {
		copied := ch + "/" + file
		if _, err := os.Stat(copied); err != nil || ch <= from {
			continue
		}
		write(before, chapterName.ReplaceAll([]byte(git("show", "HEAD:"+origin)), []byte(ch)))
		write(now, chapterName.ReplaceAll(read(origin), []byte(ch)))
		if err := show("git", "merge-file", copied, before, now); err != nil { // a change that is there already is none
			return fmt.Errorf("%s: stopped here. After a conflict: resolve it, then make carry FROM=%s FILE=%s", copied, ch, file)
		}
		git("add", copied)
		carried++
	}
	if carried == 0 {
		return fmt.Errorf("no chapter after %s has %s", from, file)
	}
	fmt.Println("the copies are staged: git diff --cached")
	return nil
}

// ---- generated files

const tag = "//go:build stackful"

// stackful lists the files that corofy rewrites: those whose first line that is neither empty nor a comment
// is the tag. A test has nothing to stand in for it without the tag.
func stackful(ch string) (sources []string) {
	for _, f := range files(ch) {
		if path.Ext(f) == ".go" && !strings.HasSuffix(f, "_test.go") && !strings.Contains(f, "/testdata/") && bytes.HasPrefix(read(f), []byte(tag+"\n")) {
			sources = append(sources, f)
		}
	}
	return sources
}

func corofied(source string) string { return strings.TrimSuffix(source, ".go") + "_corofied.go" }

var untagged = regexp.MustCompile(`^(//.*\n|\s*\n)*//go:build !stackful\n`)

// generate has each chapter's corofy make x_corofied.go of every x.go that is
// tagged stackful. A file that corofy refuses keeps no other from being made.
func generate(args []string) error {
	if len(args) == 0 {
		args = chapters()
	}
	made, failed := 0, 0
	for _, ch := range args {
		ch = folder(ch)
		sources := stackful(ch)
		for _, f := range sources {
			// One that lost its tag, in a merge conflict say, would be part of corofy's own build and break that.
			if b, err := os.ReadFile(corofied(f)); err == nil && !untagged.Match(normalEnds(b)) {
				fmt.Println("rm", corofied(f))
				if err := os.Remove(corofied(f)); err != nil {
					return err
				}
			}
		}
		for _, f := range sources {
			if show("go", "run", "-tags", "stackful", "./"+ch+"/...", "corofy", f) != nil {
				failed++
			}
			made++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d files failed", failed, made)
	}
	return nil
}

func testStackful([]string) error {
	args := []string{"test", "-tags", "stackful"}
	for _, ch := range chapters() {
		if len(stackful(ch)) > 0 {
			args = append(args, "./"+ch+"/...")
		}
	}
	return show("go", args...)
}

// ---- the models

// models is where the same little program stands in each model of concurrency.
var models = []struct{ name, file, function string }{
	{"OS threads", "ch02/os_threads.go", "threads"},
	{"goroutines", "ch02/os_threads.go", "threads"},
	{"callbacks", "ch02/callbacks.go", "callbacks"},
	{"promises", "ch02/promises.go", "promises"},
	{"coroutines", "ch02/coroutines.go", "coroutines"},
	{"fibers", "ch05/fiber/example_test.go", "Example_sameProgram"},
	{"futures", "ch10/runtime/model_test.go", "Example_sameProgram"},
}

// lines counts the lines of the program, from behind its first words up to where it has waited for all: an if, the
// timeline, or the end. Empty lines, comments, and p.begin, which is for the timeline, don't count.
func lines([]string) error {
	for _, m := range models {
		_, text, _ := strings.Cut(string(read(m.file)), "\nfunc "+m.function+"(")
		_, text, _ = strings.Cut(text, "So, we start the program here!")
		n, done := -1, false // the first is the rest of that line
		for line := range strings.Lines(text) {
			if done = line == "}\n" || strings.HasPrefix(line, "\tp.timeline()") || strings.HasPrefix(line, "\tif "); done {
				break
			}
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "p.begin(") {
				n++
			}
		}
		if !done {
			return fmt.Errorf("%s: no %s that begins and ends like the other models", m.file, m.function)
		}
		fmt.Printf("%-10s  %2d lines  %s: %s\n", m.name, n, m.file, m.function)
	}
	return nil
}

// ---- small tools

var (
	isChapter   = regexp.MustCompile(`^ch(0[1-9]|10)$`)
	chapterName = regexp.MustCompile(`\bch[0-9]{2}\b`)
)

// folder takes 7, 07 or ch07 for ch07.
func folder(arg string) string {
	var n int
	if _, err := fmt.Sscanf(strings.TrimPrefix(arg, "ch")+"\n", "%d\n", &n); err != nil || !slices.Contains(chapters(), fmt.Sprintf("ch%02d", n)) {
		log.Fatalf("there is no chapter %q here: write it as 7, 07 or ch07", arg)
	}
	return fmt.Sprintf("ch%02d", n)
}

func chapters() (chs []string) {
	for _, f := range files(".") {
		if top, _, isDir := strings.Cut(f, "/"); isDir && isChapter.MatchString(top) && !slices.Contains(chs, top) {
			chs = append(chs, top)
		}
	}
	return chs // sorted, as files are
}

// files lists the files below dir that exist and that git doesn't ignore.
func files(dir string) (names []string) {
	for f := range strings.SplitSeq(git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", dir), "\x00") {
		if _, err := os.Lstat(f); f != "" && err == nil {
			names = append(names, f)
		}
	}
	slices.Sort(names)
	return slices.Compact(names) // a merge conflict lists a file three times
}

// contents lists a chapter's files, but for README.md and go.sum, as seen from the chapter.
func contents(ch string) (names []string) {
	if ch == "" {
		return nil
	}
	for _, f := range files(ch) {
		if f = strings.TrimPrefix(f, ch+"/"); f != "README.md" && f != "go.sum" {
			names = append(names, f)
		}
	}
	return names
}

func read(file string) []byte {
	b, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	return normalEnds(b)
}

// normalEnds undoes what git may have done to a file on Windows.
func normalEnds(b []byte) []byte {
	if runtime.GOOS == "windows" {
		return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	}
	return b
}

func normal(b []byte) []byte { return chapterName.ReplaceAll(normalEnds(b), []byte("chNN")) }

func write(file string, text []byte) {
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, text, 0o666)); err != nil {
		log.Fatal(err)
	}
}

// show prints a command and runs it.
func show(name string, args ...string) error {
	fmt.Println(name, strings.Join(args, " "))
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}

func git(args ...string) string { return output(exec.Command("git", args...)) }

func output(cmd *exec.Cmd) string {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		log.Fatalf("%s: %v: %s", cmd, err, strings.TrimSpace(stderr.String()))
	}
	return string(out)
}
