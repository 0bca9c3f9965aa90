package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"unsafe"

	"ch09/kit"
)

// A maybeSelfRef has a pointer that may point to its own field.
type maybeSelfRef struct {
	a int
	b *int
}

func (m *maybeSelfRef) init() { m.b = &m.a }

func pin(_ context.Context, env *kit.Env) error {
	for i, part := range []struct {
		title string
		run   func(io.Writer) error
	}{
		{"heap: a value that is there to stay", onHeap},
		{"stack: a value that moves, and its pointers with it", onStack},
		{"two values swapped: each pointer goes with its value, and still points to where that was", swapped},
		{"noCopy: what go vet says about copies", vetted},
		{"a check at run time, as in strings.Builder", checked},
		{"projection: a pointer to a field", projected},
	} {
		if i > 0 {
			fmt.Fprintln(env.Out)
		}
		fmt.Fprintln(env.Out, part.title)
		if err := part.run(env.Out); err != nil {
			return err
		}
	}
	return nil
}

func onHeap(out io.Writer) error {
	x := new(maybeSelfRef)
	x.init()
	fmt.Fprintf(out, "  a is %d; b points to its own a\n", x.a)
	*x.b = 2
	fmt.Fprintf(out, "  after *b = 2, a is %d. Go never moves what is on the heap.\n", x.a)
	return nil
}

// onStack makes a stack grow. Go then copies the stack to a larger one, and adjusts every pointer
// into it. A uintptr is a number, so Go doesn't adjust it.
func onStack(out io.Writer) error {
	done := make(chan struct{})
	go func() { // with a small stack
		var x maybeSelfRef
		x.b = &x.a // not by init, because x might then be on the heap
		before := uintptr(unsafe.Pointer(&x))
		grow(100)
		*x.b = 2
		now := uintptr(unsafe.Pointer(&x))
		fmt.Fprintf(out, "  x was at %#x\n  x is at  %#x\n  b points to its own a: %v; after *b = 2, a is %d\n", before, now, x.b == &x.a, x.a)
		fmt.Fprintln(out, "  The first address is a uintptr: a number, and wrong by now.")
		close(done)
	}()
	<-done
	return nil
}

// grow needs a large stack.
//
//go:noinline
func grow(n int) byte {
	var large [10_000]byte
	if n == 0 {
		return large[0]
	}
	return large[n] + grow(n-1)
}

// swapped prints the book's picture. Each b went with its value, and points to the value's old place.
func swapped(out io.Writer) error {
	x, y := new(maybeSelfRef), new(maybeSelfRef)
	x.init()
	*x.b = 2
	*x, *y = *y, *x
	fmt.Fprintf(out, `
   x: {
+---> a: %p  (%d)
|     b: %p
|  }
|
|  y: {
|     a: %p  (%d)
+---- b: %p
   }
`, &x.a, x.a, x.b, &y.a, y.a, y.b)
	return nil
}

//go:embed testdata/copies/copies.go
var copies []byte

// vetted runs vet on a file with three copies of a frame.
func vetted(out io.Writer) error {
	if _, err := exec.LookPath("go"); err != nil {
		fmt.Fprintln(out, "  no go command here to ask:", err)
		return nil
	}
	dir, err := os.MkdirTemp("", "copies")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "copies.go"), copies, 0o600),
		os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module copies\n\ngo 1.26.0\n"), 0o600)); err != nil {
		return err
	}
	cmd := exec.Command("go", "vet", ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	text, err := cmd.CombinedOutput()
	if _, complains := errors.AsType[*exec.ExitError](err); !complains {
		return fmt.Errorf("pin: go vet finds nothing: %v", err)
	}
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\r", "")) {
		if !strings.HasPrefix(line, "#") {
			fmt.Fprint(out, "  ", strings.TrimPrefix(line, "vet: "))
		}
	}
	if bytes.Contains(text, []byte("copies.go:")) {
		fmt.Fprintln(out, "  It doesn't find the third copy, which a generic function makes.")
	}
	return nil
}

// A checkedRef remembers where it was.
type checkedRef struct{ self *checkedRef }

func (c *checkedRef) use() {
	if c.self == nil {
		c.self = c
	} else if c.self != c {
		panic("pin: illegal use of a checkedRef that was copied")
	}
}

func checked(out io.Writer) error {
	defer func() { fmt.Fprintln(out, "  panic:", recover()) }()
	x := new(checkedRef)
	x.use()
	fmt.Fprintln(out, "  used, where it is")
	move(x).use()
	return nil
}

// projected uses pointers to fields. Each keeps all of its struct alive, and is as good as any other.
func projected(out io.Writer) error {
	x := &struct {
		first  maybeSelfRef
		second string
	}{}
	first, second := &x.first, &x.second
	first.init()
	*first.b, *second = 3, "three"
	fmt.Fprintf(out, "  x.first.a is %d and x.second is %q, set through pointers to the fields\n", x.first.a, x.second)
	return nil
}
