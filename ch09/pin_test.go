package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"ch09/kit/kittest"
)

// part runs pin and returns what it prints under a title.
func part(t *testing.T, title string) string {
	t.Helper()
	titles := []string{"heap: ", "\nstack: ", "\ntwo values swapped: ", "\nnoCopy: ", "\na check at run time, ", "\nprojection: "}
	out := works(t, "pin")
	kittest.InOrder(t, "\n"+out, titles...)
	_, text, _ := strings.Cut(out, title)
	if _, text, _ = strings.Cut(text, "\n"); text == "" {
		t.Fatalf("%q isn't in:\n%s", title, out)
	}
	for _, next := range titles[1:] {
		text, _, _ = strings.Cut(text, next)
	}
	return text
}

func TestPinHeap(t *testing.T) {
	want := "  a is 0; b points to its own a\n  after *b = 2, a is 2. Go never moves what is on the heap.\n"
	if got := part(t, "heap: "); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPinStack(t *testing.T) {
	text := part(t, "stack: ")
	m := regexp.MustCompile(`^  x was at (0x\w+)\n  x is at  (0x\w+)\n  b points to its own a: true; after \*b = 2, a is 2\n.+uintptr`).FindStringSubmatch(text)
	if m == nil || m[1] == m[2] {
		t.Errorf("%q in:\n%s", m, text)
	}
}

func TestPinSwapped(t *testing.T) {
	text := part(t, "two values swapped: ")
	m := regexp.MustCompile(`x: {\n.+ a: (0x\w+)  \(0\)\n.+ b: (0x\w+)\n(?s:.+)y: {\n.+ a: (0x\w+)  \(2\)\n.+ b: (0x\w+)\n`).FindStringSubmatch(text)
	if m == nil || m[4] != m[1] || m[3] == m[1] || m[2] != "0x0" {
		t.Errorf("%q in:\n%s", m, text)
	}
}

const (
	thirdCopy = "  It doesn't find the third copy, which a generic function makes.\n"
	noGo      = "  no go command here to ask: "
)

// TestPinVet: vet finds the copies that are marked in the file, and nothing else.
func TestPinVet(t *testing.T) {
	if runtime.GOOS != "windows" { // where this isn't what the directory is named by
		t.Setenv("TMPDIR", t.TempDir())
	}
	text := part(t, "noCopy: ")
	if _, err := exec.LookPath("go"); err != nil {
		if !strings.HasPrefix(text, noGo) || strings.Count(text, "\n") != 1 {
			t.Errorf("%q, want %q", text, noGo)
		}
		return
	}
	var found []string
	for i, line := range strings.Split(string(copies), "\n") {
		if strings.HasSuffix(line, "// found") {
			found = append(found, fmt.Sprintf(`  copies\.go:%d:\d+: .+: copies\.frame contains copies\.noCopy\n`, i+1))
		}
	}
	if want := strings.Join(found, "") + regexp.QuoteMeta(thirdCopy); len(found) != 2 || !regexp.MustCompile("^"+want+"$").MatchString(text) {
		t.Errorf("%q, want %q", text, want)
	}
	if dir := os.Getenv("TMPDIR"); runtime.GOOS != "windows" {
		if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
			t.Errorf("%v, %v in %s", left, err, dir)
		}
	}
}

func TestPinWithoutGo(t *testing.T) {
	t.Setenv("PATH", "")
	if text := part(t, "noCopy: "); !strings.HasPrefix(text, noGo) || strings.Count(text, "\n") != 1 {
		t.Errorf("%q, want %q", text, noGo)
	}
}

func TestPinChecked(t *testing.T) {
	want := "  used, where it is\n  panic: pin: illegal use of a checkedRef that was copied\n"
	if got := part(t, "a check at run time, "); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPinProjected(t *testing.T) {
	want := "  x.first.a is 3 and x.second is \"three\", set through pointers to the fields\n"
	if got := part(t, "projection: "); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
