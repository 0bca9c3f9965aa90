// Chapters does what takes whole chapters:
//
//	go run .ci/chapters.go diff 07 08           the step from one to another, for a reader
//	go run .ci/chapters.go diff 07 08 ALL       all that differs; or one file: http/http.go
//	go run .ci/chapters.go carry ch01 kit/kit.go  a change of a carried file, to every later copy
//	go run .ci/chapters.go generate [07 ...]    what corofy makes of the files tagged stackful
//	go run .ci/chapters.go lines                how long the same little program is in each model
//
// It must be run at the top of the repository. With check.go it has one more command, check.
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

var commands = map[string]func(args []string) error{"diff": diff, "carry": carry, "generate": generate, "lines": lines}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		log.Fatal("usage: go run .ci/chapters.go diff FROM TO [ALL | FILE] | carry FROM FILE | generate [CHAPTER...] | lines")
	}
	log.SetPrefix(os.Args[1] + ": ")
	if len(chapters()) == 0 {
		log.Fatal("there are no chapters here: run this at the top of the repository")
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		log.Fatal(err)
	}
}

// ---- the step

// diff prints the step, through a pager if there is a terminal.
func diff(args []string) error {
	if len(args) < 2 || len(args) > 3 {
		return errors.New("usage: diff FROM TO [ALL | FILE], or make diff FROM=07 TO=08 [ALL=1 | FILE=http/http.go]")
	}
	from, to, only := folder(args[0]), folder(args[1]), "" // only "ALL", or one file
	if len(args) == 3 {
		only = within(args[2])
	}
	color := "--no-color"
	if info, err := os.Stdout.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		color = "--color"
	}
	text, err := stepText(from, to, only, color)
	if err != nil {
		return err
	}
	words := strings.Fields(cmp.Or(os.Getenv("GIT_PAGER"), os.Getenv("PAGER"), "less"))
	pager := exec.Command(words[0], words[1:]...)
	pager.Stdin, pager.Stdout, pager.Env = strings.NewReader(text), os.Stdout, append([]string{"LESS=FRX"}, os.Environ()...)
	if color == "--no-color" || pager.Run() != nil {
		_, err = io.WriteString(os.Stdout, text)
	}
	return err
}

var numstat = regexp.MustCompile(`(?m)^(\S+)\t(\S+)\t(?:\{\w+ => \w+\}/|/dev/null => \w+/|\w+/)?(.*?)(?: => /dev/null)?$`)

// stepText is a table of contents in the order in which the README says to read, then what has changed in
// those files, and then a line for each kind of file that is left out, also those that the README doesn't name.
// It compares copies in which every chapter's name is chNN, so that what is the same in both doesn't show.
func stepText(from, to, only, color string) (string, error) {
	s, left := newStep(from, to), map[string][]string{}
	if kind := s.kind[only]; only != "" && only != "ALL" && (kind == "" || kind == "same") {
		return "", fmt.Errorf("%s: %s in %s and %s", only, cmp.Or(kind, "no such file"), from, to)
	}
	tmp := tempDir()
	defer os.RemoveAll(tmp)
	for _, ch := range []string{from, to} {
		write(tmp+"/"+ch+"/_", "") // git wants both folders
	}
	for _, f := range s.files() {
		if kind := s.leftOut(f); only == "" && kind != "" || only != "" && only != "ALL" && only != f {
			left[kind] = append(left[kind], f)
			continue
		}
		for _, ch := range []string{from, to} {
			if _, err := os.Stat(ch + "/" + f); err == nil {
				write(tmp+"/"+ch+"/"+f, as("chNN", read(ch+"/"+f)))
			}
		}
	}
	write(tmp+"/order", to+"/"+strings.Join(s.order, "\n"+to+"/")+"\n")

	filter := map[bool]string{true: "--diff-filter=D", false: "--diff-filter=d"}[s.kind[only] == "removed"]
	out, err := run(tmp, nil, "git", "-c", "core.safecrlf=false", "diff", "--no-index", "--no-ext-diff", "--numstat", "--patch", filter, color, "-M", "--histogram", "-Oorder", from, to)
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !(ok && exit.ExitCode() == 1) { // 1: they differ
		return "", err
	}
	table, patch, _ := strings.Cut(out, "\n\n")
	text := fmt.Sprintf("The step from %s to %s, in reading order:\n\n", from, to)
	for _, m := range numstat.FindAllStringSubmatch(table, -1) {
		text += fmt.Sprintf("  %-8s %5s %5s  %s\n", cmp.Or(s.kind[m[3]], "moved"), "+"+m[1], "-"+m[2], m[3])
	}
	text += "\n" + patch
	if only != "" {
		return text, nil
	}
	text += fmt.Sprintf("\nLeft out (make diff FROM=%s TO=%s ALL=1 prints all that differs, FILE=… one file):\n", from[2:], to[2:])
	for _, kind := range []string{"not to read", "tests", "generated", "other systems", "measuring", "removed", "carried as is"} {
		if names := strings.Join(left[kind], " "); names != "" {
			if len(names) > 90 {
				names = names[:strings.LastIndex(names[:90], " ")] + " …"
			}
			text += fmt.Sprintf("  %-14s %3d  %s\n", kind, len(left[kind]), names)
		}
	}
	return text, nil
}

// A step is what turns one chapter into the next. It leaves out README.md and go.sum.
type step struct {
	from, to string
	kind, at map[string]string // file → added, changed, removed or same; where it is
	order    []string          // in which the README says to read
}

func newStep(from, to string) step {
	s := step{from: from, to: to, kind: map[string]string{}, at: map[string]string{}}
	for _, f := range files(from) {
		s.kind[within(f)], s.at[within(f)] = "removed", f
	}
	for _, f := range files(to) {
		name := within(f)
		s.at[name] = f
		if s.kind[name] == "" {
			s.kind[name] = "added"
		} else if as("chNN", read(from+"/"+name)) == as("chNN", read(f)) {
			s.kind[name] = "same"
		} else {
			s.kind[name] = "changed"
		}
	}
	for _, line := range numbered.FindAllString(section(to, "## Read\n"), -1) {
		for _, m := range link.FindAllStringSubmatch(line, -1) {
			s.order = append(s.order, m[1])
		}
	}
	delete(s.kind, "README.md")
	delete(s.kind, "go.sum")
	return s
}

func (s step) files() []string { return slices.Sorted(maps.Keys(s.kind)) }

var (
	linux    = build.Context{GOOS: "linux", GOARCH: "amd64", Compiler: "gc", BuildTags: []string{"stackful"}}
	numbered = regexp.MustCompile(`(?m)^[1-9].*`)
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	testFile = regexp.MustCompile(`_test\.go$|(^|/)(testdata|kittest|leaktest)/`)
)

// leftOut returns why a reader of the step can do without a file, or "".
func (s step) leftOut(f string) string {
	switch match, err := linux.MatchFile(path.Split(s.at[f])); {
	case s.kind[f] == "same":
		return "carried as is"
	case testFile.MatchString(f):
		return "tests"
	case strings.HasSuffix(f, "_corofied.go"):
		return "generated"
	case (path.Ext(f) == ".go" || path.Ext(f) == ".s") && err == nil && !match:
		return "other systems"
	case s.kind[f] == "removed":
		return "removed"
	case strings.HasPrefix(f, "bench/"):
		return "measuring"
	case len(s.order) > 0 && !slices.Contains(s.order, f):
		return "not to read"
	}
	return ""
}

// section returns what stands below a heading of the chapter's README.
func section(ch, heading string) string {
	_, text, _ := strings.Cut("\n"+read(ch+"/README.md"), "\n"+heading)
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// ---- carried files

// carry makes the change of a file since HEAD in every later chapter that has it, and stages those.
func carry(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: carry FROM FILE, or make carry FROM=ch01 FILE=kit/kit.go")
	}
	from, file := folder(args[0]), within(args[1])
	before, now := git("show", "HEAD:"+from+"/"+file), read(from+"/"+file)
	later := slices.DeleteFunc(chapters(), func(ch string) bool { return ch <= from || read(ch+"/"+file) == "" })
	if before == now || len(later) == 0 {
		return fmt.Errorf("nothing to carry: %s/%s has no uncommitted change, or no later chapter has it", from, file)
	}
	tmp := tempDir()
	defer os.RemoveAll(tmp)
	for _, ch := range later {
		write(tmp+"/before", as(ch, before))
		write(tmp+"/now", as(ch, now))
		if _, err := run(".", nil, "git", "merge-file", ch+"/"+file, tmp+"/before", tmp+"/now"); err != nil { // a change that is there already is none
			return fmt.Errorf("stopped at a conflict: resolve it, then make carry FROM=%s FILE=%s: %w", ch, file, err)
		}
		git("add", ch+"/"+file)
	}
	fmt.Println("staged, see git diff --cached:", later)
	return nil
}

// ---- generated files

const tag = "//go:build stackful"

// stackful lists the files that corofy rewrites: those whose first line is the tag. A test has nothing to stand in
// for it without the tag.
func stackful(ch string) []string {
	return slices.DeleteFunc(files(ch), func(f string) bool {
		return path.Ext(f) != ".go" || testFile.MatchString(f) || !strings.HasPrefix(read(f), tag+"\n")
	})
}

func corofied(source string) string { return strings.TrimSuffix(source, ".go") + "_corofied.go" }

var untagged = regexp.MustCompile(`^(//.*\n|\s*\n)*//go:build !stackful\n`)

// generate has each chapter's corofy make x_corofied.go of every x.go that is tagged stackful. A file that corofy
// refuses keeps no other from being made.
func generate(args []string) (err error) {
	if len(args) == 0 {
		args = chapters()
	}
	for _, ch := range args {
		ch = folder(ch)
		sources := stackful(ch)
		for _, f := range sources {
			// One that lost its tag, in a merge conflict say, would be part of corofy's own build and break that.
			if made := read(corofied(f)); made != "" && !untagged.MatchString(made) {
				fmt.Println("rm", corofied(f))
				err = errors.Join(err, os.Remove(corofied(f)))
			}
		}
		for _, f := range sources {
			fmt.Println(corofied(f))
			_, refused := run(".", nil, "go", "run", "-tags", "stackful", "./"+ch+"/...", "corofy", f)
			err = errors.Join(err, refused)
		}
	}
	return err
}

// ---- the models

var (
	afterAll  = regexp.MustCompile(`\n(\t(p\.timeline\(\)|if )|}\n)`)
	uncounted = regexp.MustCompile(`(?m)^\s*(//.*|p\.begin\(.*)?\n`)
)

// lines counts the lines of the program wherever it stands, from behind its first words up to where it has waited for all:
// an if, the timeline, or the end. Empty lines, comments, and p.begin, which is for the timeline, don't count.
func lines([]string) error {
	for _, f := range files(".") {
		if _, text, ok := strings.Cut(read(f), "(\"So, we start the program here!\")\n"); ok {
			end := afterAll.FindStringIndex(text)
			if end == nil {
				return fmt.Errorf("%s: the program doesn't end like the other models", f)
			}
			fmt.Printf("%2d lines  %s\n", strings.Count(uncounted.ReplaceAllString(text[:end[0]+1], ""), "\n"), f)
		}
	}
	return nil
}

// ---- small tools

var (
	inChapter   = regexp.MustCompile(`^ch(0[1-9]|10)/`)
	chapterName = regexp.MustCompile(`\bch[0-9]{2}\b`)
)

// as names every chapter in the text ch.
func as(ch, text string) string { return chapterName.ReplaceAllString(text, ch) }

// within returns a file's path inside its chapter.
func within(file string) string {
	return inChapter.ReplaceAllString(path.Clean(filepath.ToSlash(file)), "")
}

// folder takes 7, 07 or ch07 for ch07.
func folder(arg string) string {
	for _, ch := range chapters() {
		if arg == ch || arg == ch[2:] || "ch0"+arg == ch {
			return ch
		}
	}
	log.Fatalf("there is no chapter %q here: write it as 7, 07 or ch07", arg)
	return ""
}

func chapters() (chs []string) {
	for _, f := range files(".") {
		if inChapter.MatchString(f) {
			chs = append(chs, path.Dir(inChapter.FindString(f)))
		}
	}
	return slices.Compact(chs)
}

// files lists the files below dir that exist and that git doesn't ignore.
func files(dir string) (names []string) {
	for f := range strings.SplitSeq(git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", dir), "\x00") {
		if _, err := os.Lstat(f); err == nil {
			names = append(names, f)
		}
	}
	slices.Sort(names)
	return slices.Compact(names) // a merge conflict lists a file three times
}

// read returns a file's text, without what git may have done to it on Windows; of a file that isn't there, "".
func read(file string) string {
	b, _ := os.ReadFile(file)
	if runtime.GOOS == "windows" {
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	}
	return string(b)
}

func write(file, text string) {
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, []byte(text), 0o666)); err != nil {
		log.Fatal(err)
	}
}

func tempDir() string {
	dir, err := os.MkdirTemp("", "chapters")
	if err != nil {
		log.Fatal(err)
	}
	return dir
}

// run runs a command and returns what it prints. An error says that, too, and how to see it again.
func run(dir string, env []string, words ...string) (string, error) {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("cd %s && %s: %w\n%s", dir, strings.Join(slices.Concat(env, words), " "), err, out)
	}
	return string(out), err
}

// git returns what git prints. Its warnings are no part of that.
func git(args ...string) string {
	cmd := exec.Command("git", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		log.Fatalf("%v: %v", cmd, err)
	}
	return string(out)
}
