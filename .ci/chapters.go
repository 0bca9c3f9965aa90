// Chapters does what takes whole chapters:
//
//	go run .ci/chapters.go diff 07 08         the step from one to another, for a reader
//	go run .ci/chapters.go carry ch01 cli.go  a change of a carried file, to every later copy
//	go run .ci/chapters.go generate [07 ...]  what corofy makes of the files tagged stackful
//	go run .ci/chapters.go stackful           the tests of the chapters with such files, with that tag
//	go run .ci/chapters.go lines              how long the same little program is in each model
//
// It must be run at the top of the repository, as the Makefile does.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	command, args := "", []string(nil)
	if len(os.Args) > 1 {
		command, args = os.Args[1], os.Args[2:]
		log.SetPrefix(command + ": ")
	}
	var err error
	switch {
	case command == "diff" && len(args) == 2:
		err = diff(folder(args[0]), folder(args[1]))
	case command == "carry" && len(args) == 2:
		from := folder(args[0])
		err = carry(from, path.Clean(strings.TrimPrefix(filepath.ToSlash(args[1]), from+"/")))
	case command == "generate":
		err = generate(args)
	case command == "stackful" && len(args) == 0:
		err = testStackful()
	case command == "lines" && len(args) == 0:
		err = lines()
	default:
		log.SetPrefix("")
		log.Fatal("usage: go run .ci/chapters.go diff FROM TO | carry FROM FILE | generate [CHAPTER...] | stackful | lines")
	}
	if err != nil {
		log.Fatal(err)
	}
}

var chapterName = regexp.MustCompile(`\bch[0-9]{2}\b`)

// folder takes 7, 07 or ch07 for ch07.
func folder(arg string) string {
	var n int
	if _, err := fmt.Sscanf(strings.TrimPrefix(arg, "ch")+"\n", "%d\n", &n); err != nil || n < 1 || n > 99 {
		log.Fatalf("%q is no chapter: write it as 7, 07 or ch07", arg)
	}
	name := fmt.Sprintf("ch%02d", n)
	if _, err := os.Stat(name); err != nil {
		log.Fatalf("there is no %s here", name)
	}
	return name
}

// diff compares copies in which every chapter's name is chNN, so that what is
// the same in both doesn't show. Hand-written files come first, then removed
// files, the README, and generated files last: in a diff of their own, so that
// git takes none for a renamed hand-written one.
func diff(from, to string) error {
	tmp, err := os.MkdirTemp("", "diff")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	byHand, byTool := filepath.Join(tmp, "hand"), filepath.Join(tmp, "tool")
	var first, then []string
	removed := []string{"/dev/null"}
	for _, ch := range []string{from, to} {
		for _, dir := range []string{byHand, byTool} {
			if err := os.MkdirAll(filepath.Join(dir, ch), 0o777); err != nil {
				return err
			}
		}
		for _, f := range files(ch) {
			b, err := os.ReadFile(f)
			if path.Base(f) == "go.sum" || errors.Is(err, os.ErrNotExist) {
				continue
			} else if err != nil {
				return err
			}
			dir := byHand
			switch {
			case generated.Match(b):
				dir = byTool
			case path.Base(f) == "README.md":
				then = append(then, f)
			default:
				first = append(first, f)
			}
			copied := filepath.Join(dir, f)
			if err := os.MkdirAll(filepath.Dir(copied), 0o777); err != nil {
				return err
			}
			if err := os.WriteFile(copied, []byte(rename(string(b), "chNN")), 0o666); err != nil {
				return err
			}
		}
	}
	order := filepath.Join(tmp, "order")
	if err := os.WriteFile(order, []byte(strings.Join(slices.Concat(first, removed, then), "\n")+"\n"), 0o666); err != nil {
		return err
	}
	for _, dir := range []string{byHand, byTool} {
		cmd := exec.Command("git", "diff", "--no-index", "-M", "--histogram", "-O"+order, from, to)
		cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, os.Stdin, os.Stdout, os.Stderr
		var exit *exec.ExitError
		if err := cmd.Run(); errors.As(err, &exit) && exit.ExitCode() == 1 {
			continue // they differ
		} else if exit != nil && exit.ExitCode() == -1 {
			return nil // the reader had seen enough and closed the pipe
		} else if err != nil {
			return err
		}
	}
	return nil
}

var generated = regexp.MustCompile(`^// Code generated .* DO NOT EDIT\.\r?\n`)

// carry applies what git diff HEAD shows of one file to every later chapter
// that has it. git apply -3 also stages what it changed, and refuses a copy
// that differs from the index: so a second change can be carried on top of
// the first, and nobody's unstaged work is mixed in.
func carry(from, file string) error {
	origin := from + "/" + file
	if git("diff", "--name-only", "HEAD", "--", origin) == "" {
		return fmt.Errorf("nothing to carry: %s has no uncommitted change, or git doesn't know it yet", origin)
	}
	now, err := os.ReadFile(origin)
	if err != nil {
		return err
	}
	before := git("show", "HEAD:"+origin) // fails for a file that HEAD doesn't have
	copies, err := filepath.Glob("ch[0-9][0-9]/" + file)
	if err != nil {
		return err
	}
	carried := 0
	for _, f := range copies {
		f = filepath.ToSlash(f)
		ch, _, _ := strings.Cut(f, "/")
		if ch <= from {
			continue
		}
		if err := apply(f, rename(before, ch), rename(string(now), ch)); err != nil {
			return err
		}
		fmt.Println("carry:", f)
		carried++
	}
	if carried == 0 {
		return fmt.Errorf("no chapter after %s has %s", from, file)
	}
	fmt.Println("carry: the copies are staged: git diff --cached")
	return nil
}

func rename(text, ch string) string { return chapterName.ReplaceAllString(text, ch) }

// apply makes the change from one text to the other in file. Both texts are
// put into git's object store first: the patch names them, which is what a
// three-way merge needs to start from.
func apply(file, before, after string) error {
	a, b := hash(before), hash(after)
	patch := git("diff", "--no-color", "--no-ext-diff", "--full-index", a, b)
	_, hunks, ok := strings.Cut(patch, "\n@@")
	if !ok {
		return fmt.Errorf("%s: the change is no text that can be patched", file)
	}
	head := fmt.Sprintf("diff --git a/%[1]s b/%[1]s\nindex %[2]s..%[3]s 100644\n--- a/%[1]s\n+++ b/%[1]s\n@@", file, a, b)
	cmd := exec.Command("git", "apply", "-3", "--whitespace=nowarn", "-")
	cmd.Stdin = strings.NewReader(head + hunks)
	if out, err := cmd.CombinedOutput(); err != nil {
		os.Stderr.Write(out)
		ch, name, _ := strings.Cut(file, "/")
		return fmt.Errorf("%s: stopped here. Is it in git, without unstaged changes? After a conflict: resolve it, git add %s, then make carry FROM=%s FILE=%s", file, file, ch, name)
	}
	return nil
}

// generate has each chapter's corofy make x_corofied.go of every x.go that is
// tagged stackful. A file that corofy refuses keeps no other from being made.
func generate(args []string) error {
	chs := chapters()
	if len(args) > 0 {
		chs = args
	}
	made, failed := 0, 0
	for _, ch := range chs {
		ch = folder(ch)
		sources := stackful(ch)
		for _, f := range sources {
			if err := removeUntagged(corofied(f)); err != nil {
				return err
			}
		}
		for _, f := range sources {
			if show("go", "run", "-tags", "stackful", "./"+ch+"/...", "corofy", f) != nil {
				failed++
			} else {
				made++
			}
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d files failed", failed, made+failed)
	}
	return nil
}

var untaggedWith = regexp.MustCompile(`^(//.*\n|\s*\n)*//go:build !stackful\r?\n`)

// removeUntagged removes a generated file that lost its tag, in a merge
// conflict say: it would be part of corofy's own build and break that.
func removeUntagged(file string) error {
	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) || err == nil && untaggedWith.Match(b) {
		return nil
	} else if err != nil {
		return err
	}
	fmt.Println("rm", file)
	return os.Remove(file)
}

func testStackful() error {
	var tagged []string
	for _, ch := range chapters() {
		if len(stackful(ch)) > 0 {
			tagged = append(tagged, "./"+ch+"/...")
		}
	}
	if len(tagged) == 0 {
		fmt.Println("stackful: no file has that tag")
		return nil
	}
	return show("go", slices.Concat([]string{"test", "-tags", "stackful"}, tagged)...)
}

// stackful lists the files that corofy rewrites: those whose first line is
// their tag. A test has nothing to stand in for it without the tag.
func stackful(ch string) (sources []string) {
	for _, f := range files(ch) {
		if path.Ext(f) != ".go" || strings.HasSuffix(f, "_test.go") || strings.Contains(f, "/testdata/") {
			continue
		}
		b, err := os.ReadFile(f)
		if errors.Is(err, os.ErrNotExist) {
			continue
		} else if err != nil {
			log.Fatal(err)
		}
		if first, _, _ := strings.Cut(string(b), "\n"); strings.TrimSuffix(first, "\r") == "//go:build stackful" {
			sources = append(sources, f)
		}
	}
	return sources
}

// models is where the same little program stands in each model of concurrency.
var models = []struct{ name, file, function string }{
	{"OS threads", "ch02/os_threads.go", "osThreads"},
	{"goroutines", "ch02/green_threads.go", "greenThreads"},
	{"callbacks", "ch02/callbacks.go", "callbacks"},
	{"promises", "ch02/promises.go", "promises"},
	{"coroutines", "ch02/coroutines.go", "coroutines"},
	{"fibers", "ch05/fiber/example_test.go", "Example_sameProgram"},
	{"futures", "ch10/runtime/model_test.go", "Example_sameProgram"},
}

func lines() error {
	for _, m := range models {
		n, err := linesOf(m.file, m.function)
		if err != nil {
			return err
		}
		fmt.Printf("%-10s  %2d lines  %s: %s\n", m.name, n, m.file, m.function)
	}
	fmt.Println("\nFrom behind the line that says \"So, we start the program here!\" up to the end of the waiting,\n" +
		"without empty lines, comments, and p.begin, which is for the timeline.")
	return nil
}

// linesOf counts the statements that follow the one with the program's first words, up to the
// one that looks at the result: an if, or the call of p.timeline.
func linesOf(file, function string) (n int, err error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, 0)
	if err != nil {
		return 0, err
	}
	text := func(n ast.Node) string {
		return string(src[fset.Position(n.Pos()).Offset:fset.Position(n.End()).Offset])
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Name.Name != function {
			continue
		}
		begun := false
		for _, s := range fn.Body.List {
			_, isIf := s.(*ast.IfStmt)
			switch {
			case !begun:
				begun = strings.Contains(text(s), `"So, we start the program here!"`)
			case isIf || text(s) == "p.timeline()":
				return n, nil
			default:
				for line := range strings.Lines(text(s)) {
					line = strings.TrimSpace(line)
					if line != "" && !strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "p.begin(") {
						n++
					}
				}
			}
		}
	}
	return 0, fmt.Errorf("%s: no %s that begins and ends like the other models", file, function)
}

func corofied(source string) string { return strings.TrimSuffix(source, ".go") + "_corofied.go" }

func chapters() []string {
	chs, err := filepath.Glob("ch[0-9][0-9]")
	if err != nil {
		log.Fatal(err)
	}
	return chs
}

// files lists a chapter's files as git sees them, deleted ones too.
func files(ch string) []string {
	names := strings.Fields(git("ls-files", "--cached", "--others", "--exclude-standard", "--", ch))
	slices.Sort(names)
	return slices.Compact(names) // a merge conflict lists a file three times
}

// show prints a command and runs it.
func show(name string, args ...string) error {
	fmt.Println(name, strings.Join(args, " "))
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}

func hash(text string) string {
	cmd := exec.Command("git", "hash-object", "-w", "--stdin")
	cmd.Stdin = strings.NewReader(text)
	return strings.TrimSpace(run(cmd))
}

func git(args ...string) string { return run(exec.Command("git", args...)) }

func run(cmd *exec.Cmd) string {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		log.Fatalf("git %s: %v: %s", cmd.Args[1], err, strings.TrimSpace(stderr.String()))
	}
	return string(out)
}
