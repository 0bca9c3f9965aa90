// Package corofy rewrites coroutines as state machines, as the book's tool of
// that name does, and Rust's compiler. In a file it turns every
//
//	future.Async(func(co *future.Co) (T, error) { … })
//
// into a struct with the methods Poll and Drop. Such a file has the line
// "//go:build stackful" and runs as it is, because with that tag the coroutines
// run on stacks. Builds without the tag take the file that corofy writes, which
// does the same.
//
// corofy cuts the body of a coroutine into steps. A step ends with the future
// that the next step waits for:
//
//	path := …                                   step 0
//	txt, err := future.Wait(co, http.Get(path))
//	fmt.Println(txt)                            step 1
//	…
//
// Poll runs the step that the coroutine's state names. It may return between two
// steps, and then its local variables are gone. So a variable that lives from one
// step to another is a field of the struct, which is the coroutine's frame.
//
// Six passes do that, each in the file of its name and those in brackets. Each works on the result of the pass before:
//
//	load     a folder → a type-checked package
//	check    the file → its coroutines, with all that can't be rewritten refused; and what a body does with variables (uses)
//	desugar  the statements of a body → a flat list of forms: copies of the source, waits, jumps (declare, loops, choices,
//	         branches, defers, and order, which says what is evaluated before a wait)
//	blocks   forms → the steps, and which comes after which
//	place    steps → where each variable lives: in Poll, in the frame, or in a box (moved, leaf)
//	print    steps and the original bytes → the struct, Poll and Drop (text)
//
// Read forms and source first, because they declare what the passes hand on. The other files answer questions, about
// names and types.
//
// corofy refuses what it can't do, with a line for each reason, and never
// guesses. It knows the types, accepts only syntax that it knows, and lets the
// type checker look at the result.
package corofy

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// File rewrites the file in, of a package whose dependencies the go command can
// find, and writes the result to the file out. If out is "", File writes
// in_corofied.go beside in. After an error out is as it was.
//
// The error joins one error for each finding, in the form "file:line:col: corofy: …".
func File(in, out string) error {
	base, isGo := strings.CutSuffix(in, ".go")
	if out == "" {
		out = base + "_corofied.go"
	}
	if !isGo {
		return fmt.Errorf("corofy: %s: want a .go file", in)
	} else if sameFile(in, out) {
		return fmt.Errorf("corofy: %s: the output would replace the source", in)
	}
	src, err := os.ReadFile(in)
	if err != nil {
		return fmt.Errorf("corofy: %w", err)
	}
	l, err := newLoader(filepath.Dir(in))
	if err != nil {
		return err
	}
	text, err := l.rewrite(filepath.Base(in), src)
	if err != nil {
		return err
	}
	if err := replace(out, text); err != nil {
		return fmt.Errorf("corofy: %w", err)
	}
	return nil
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return filepath.Clean(a) == filepath.Clean(b) || errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// replace writes a file so that nobody ever sees half of it. It writes through a symbolic link, and
// into what isn't a file with a content: a device, a FIFO, the standard output.
func replace(file string, text []byte) error {
	mode := os.FileMode(0o644)
	if info, err := os.Stat(file); err == nil {
		mode = info.Mode().Perm()
		if std, err := os.Stdout.Stat(); err == nil && os.SameFile(info, std) { // it may be a file that has other lines
			_, err := os.Stdout.Write(text)
			return err
		} else if !info.Mode().IsRegular() {
			return os.WriteFile(file, text, 0)
		}
	}
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, text) {
		return nil
	}
	for target, err := os.Readlink(file); err == nil; target, err = os.Readlink(file) {
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(file), target)
		}
		file = target
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), "*.corofy")
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	if err = errors.Join(err, tmp.Chmod(mode), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}
