package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestCorofyCommandLine(t *testing.T) {
	for args, want := range map[string]struct {
		status int
		line   string // begins with this
	}{
		"corofy":                         {2, "corofy: want one file, got 0"},
		"corofy a.go b.go":               {2, "corofy: want one file, got 2"},
		"corofy -o":                      {2, "flag needs an argument: -o"},
		"corofy -o out.go":               {2, "corofy: want one file, got 0"},
		"corofy nosuch.go":               {1, "corofy: open nosuch.go: "},
		"-o nosuch_corofied.go corofy x": {1, "corofy: x: want a .go file"},
		"corofy nosuch.go -o nosuch.go":  {1, "corofy: nosuch.go: the output would replace the source"},
	} {
		out, stderr, status := command(strings.Fields(args)...)
		if status != want.status || out != "" || !strings.HasPrefix(stderr, chapter+": "+want.line) || strings.Count(stderr, chapter+": ") != 1 {
			t.Errorf("%q: status %d, %q, %q; want %d and %q", args, status, out, stderr, want.status, want.line)
		}
	}
	if left, _ := filepath.Glob("nosuch*"); left != nil {
		t.Errorf("there are files now: %q", left)
	}
}

// needsGo skips a test where there is no go command, as on a machine that has got
// nothing but the test's binary.
func needsGo(t *testing.T) {
	t.Helper()
	if err := exec.Command("go", "version").Run(); err != nil {
		t.Skipf("corofy asks the go command for types, which can't be run here: %v", err)
	}
}

// TestCorofied: what is committed is what corofy writes today.
func TestCorofied(t *testing.T) {
	needsGo(t)
	here, err := filepath.Glob("*_corofied.go")
	below, err2 := filepath.Glob("*/*_corofied.go")
	committed := append(here, below...)
	if err != nil || err2 != nil || len(here) == 0 || len(below) == 0 {
		t.Fatalf("%q, %v, %v", committed, err, err2)
	}
	for _, name := range committed {
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		written := filepath.Join(dir, "out.go")
		args := []string{"corofy", strings.TrimSuffix(name, "_corofied.go") + ".go", "-o", written}
		if out, stderr, status := command(args...); status != 0 || out != "" || stderr != "" {
			t.Fatalf("%q: status %d, %q, %q", args, status, out, stderr)
		}
		if got, err := os.ReadFile(written); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s isn't what corofy writes now (%v)", name, err)
		}
		if files, err := os.ReadDir(dir); len(files) != 1 || err != nil {
			t.Errorf("%v, %v; want one file", files, err)
		}
	}
}

// TestCorofyRefuses: main.go is for every build, and stays as it is.
func TestCorofyRefuses(t *testing.T) {
	needsGo(t)
	dir := t.TempDir()
	written := filepath.Join(dir, "out.go")
	if err := os.WriteFile(written, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, stderr, status := command("corofy", "-o", written, "main.go")
	if want := chapter + ": main.go:1:1: corofy: the file has to begin with "; status != 1 || out != "" ||
		!strings.HasPrefix(stderr, want) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("status %d, %q, %q; want %q", status, out, stderr, want)
	}
	if text, err := os.ReadFile(written); string(text) != "old" || err != nil {
		t.Errorf("the output was touched: %q, %v", text, err)
	}
	if files, err := os.ReadDir(dir); len(files) != 1 || err != nil {
		t.Errorf("%v, %v; want one file", files, err)
	}
}
