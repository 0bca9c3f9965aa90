// Chapters does what takes two chapters at a time:
//
//	go run .ci/chapters.go diff 07 08         the step from one to another, for a reader
//	go run .ci/chapters.go carry ch01 cli.go  a change of a carried file, to every later copy
//
// It must be run at the top of the repository, as the Makefile does.
package main

import (
	"bytes"
	"errors"
	"fmt"
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
	if len(os.Args) != 4 {
		log.Fatal("usage: go run .ci/chapters.go diff FROM TO | carry FROM FILE")
	}
	command, from, arg := os.Args[1], folder(os.Args[2]), os.Args[3]
	log.SetPrefix(command + ": ")
	var err error
	switch command {
	case "diff":
		err = diff(from, folder(arg))
	case "carry":
		err = carry(from, path.Clean(strings.TrimPrefix(filepath.ToSlash(arg), from+"/")))
	default:
		err = errors.New("want diff or carry")
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
// files, the README, and generated files last.
func diff(from, to string) error {
	tmp, err := os.MkdirTemp("", "diff")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	var first, then []string // what an order file doesn't name comes last
	removed := []string{"/dev/null"}
	for _, ch := range []string{from, to} {
		for _, f := range strings.Fields(git("ls-files", "--cached", "--others", "--exclude-standard", "--", ch)) {
			b, err := os.ReadFile(f)
			if path.Base(f) == "go.sum" || errors.Is(err, os.ErrNotExist) {
				continue
			} else if err != nil {
				return err
			}
			copied := filepath.Join(tmp, f)
			if err := os.MkdirAll(filepath.Dir(copied), 0o777); err != nil {
				return err
			}
			if err := os.WriteFile(copied, chapterName.ReplaceAll(b, []byte("chNN")), 0o666); err != nil {
				return err
			}
			switch {
			case path.Base(f) == "README.md":
				then = append(then, f)
			case !generated.Match(b):
				first = append(first, f)
			}
		}
	}
	order := filepath.Join(tmp, "order")
	if err := os.WriteFile(order, []byte(strings.Join(slices.Concat(first, removed, then), "\n")+"\n"), 0o666); err != nil {
		return err
	}
	cmd := exec.Command("git", "diff", "--no-index", "-M", "--histogram", "-O"+order, from, to)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = tmp, os.Stdin, os.Stdout, os.Stderr
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) && exit.ExitCode() <= 1 {
		return nil // 1: they differ; -1: the reader had seen enough and closed the pipe
	} else {
		return err
	}
}

var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.\r?$`)

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
