package corofy

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// module makes a module with a package future, and files, and returns where it is.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	needsGo(t)
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "future"), 0o700); err != nil {
		t.Fatal(err)
	}
	all, err := filepath.Glob("../future/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "_test.go") {
			write(t, filepath.Join(dir, "future", filepath.Base(name)), string(text))
		}
	}
	write(t, filepath.Join(dir, "go.mod"), "module m\n\ngo 1.26.0\n")
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const good = tag + `

package main

import "m/future"

func one(s string) future.Future[string] {
	return future.Async(func(co *future.Co) (string, error) {
		f := two(s); future.Wait(co, f); ; v, err := future.Wait(co, two(` + "`raw\n`" + `)) ; return v, err; })
}
`

const helpers = `package main

import "m/future"

func two(s string) future.Future[string] { return nil }

func main() { one("") }
`

// TestOutputMissingAndBroken: the source is enough, whatever there is of the output.
func TestOutputMissingAndBroken(t *testing.T) {
	dir := module(t, map[string]string{"a.go": good, "main.go": helpers})
	in, out := filepath.Join(dir, "a.go"), filepath.Join(dir, "a_corofied.go")
	if err := File(in, ""); err != nil {
		t.Fatal(err)
	}
	first := read(t, out)
	for _, broken := range []string{"//go:build !stackful\n\npackage main\n\nfunc one( {", "//go:build !stackful\n\npackage other\n", first + "\nvar x int = \"\"\n"} {
		write(t, out, broken)
		if err := File(in, ""); err != nil {
			t.Fatal(err)
		}
		if got := read(t, out); got != first {
			t.Errorf("after %q: %s", broken, got)
		}
	}
	command(t, "go", "-C", dir, "build", "-o", filepath.Join(t.TempDir(), "x"))

	// Lines may end as they do on Windows.
	write(t, in, strings.ReplaceAll(good, "\n", "\r\n"))
	if err := File(in, filepath.Join(dir, "other")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(dir, "other")); got != first {
		t.Errorf("CRLF: %q\nwant %q", got, first)
	}
}

// TestTwice: the second time nothing is written.
func TestTwice(t *testing.T) {
	dir := module(t, map[string]string{"a.go": good, "main.go": helpers})
	in, out := filepath.Join(dir, "a.go"), filepath.Join(dir, "a_corofied.go")
	if err := File(in, ""); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(out, long, long); err != nil {
		t.Fatal(err)
	}
	if err := File(in, ""); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(out); err != nil || !info.ModTime().Equal(long) {
		t.Errorf("written again: %v, %v", info.ModTime(), err)
	}
}

// TestRefusedFile: what was there stays, and nothing is added.
func TestRefusedFile(t *testing.T) {
	bad := strings.Replace(good, "f := two(s)", "defer future.Wait[int](co, nil)\nf := two(s)", 1)
	dir := module(t, map[string]string{"a.go": bad, "main.go": helpers, "a_corofied.go": "//go:build !stackful\n\npackage main // old\n"})
	in, out := filepath.Join(dir, "a.go"), filepath.Join(dir, "a_corofied.go")
	before, old := names(t, dir), read(t, out)
	err := File(in, "")
	if want := in + ":9:3: corofy: a wait that is deferred: not supported"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if got := read(t, out); got != old || names(t, dir) != before {
		t.Errorf("%q, and the files %s; want %s", got, names(t, dir), before)
	}

	write(t, in, good) // can be rewritten, but there is no place for the output
	blocked := filepath.Join(dir, "future")
	if err := File(in, blocked); err == nil || !strings.HasPrefix(err.Error(), "corofy: open ") {
		t.Errorf("the output is a directory: %v", err)
	}
	if err := File(in, filepath.Join(dir, "none", "x.go")); err == nil || !strings.HasPrefix(err.Error(), "corofy: ") {
		t.Errorf("no such directory: %v", err)
	}
	if names(t, dir) != before {
		t.Errorf("files: %s; want %s", names(t, dir), before)
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

// TestFileErrors has what is wrong about a file as a whole.
func TestFileErrors(t *testing.T) {
	dir := module(t, map[string]string{"a.go": good, "main.go": helpers,
		"x_test.go": good, "x_plan9.go": good})
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Symlink(at("a.go"), at("link.txt")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ in, out, want string }{
		{"a.txt", "", "corofy: DIR/a.txt: want a .go file"},
		{"nothing.go", "", "corofy: open DIR/nothing.go: no such file or directory"},
		{"a.go", "a.go", "corofy: DIR/a.go: the output would replace the source"},
		{"a.go", "future/../a.go", "corofy: DIR/a.go: the output would replace the source"},
		{"a.go", "link.txt", "corofy: DIR/a.go: the output would replace the source"},
		{"main.go", "", `DIR/main.go:1:1: corofy: the file has to begin with "//go:build stackful"`},
		{"x_test.go", "", "DIR/x_test.go: corofy: not one of the package's files with -tags stackful"},
		{"x_plan9.go", "", "DIR/x_plan9.go: corofy: not one of the package's files with -tags stackful"},
	} {
		out := c.out
		if out != "" {
			out = dir + "/" + out
		}
		err := File(at(c.in), out)
		if got := strings.ReplaceAll(errText(err), dir, "DIR"); got != c.want {
			t.Errorf("%s: %s; want %s", c.in, got, c.want)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

// TestFileOrder: files of one package are initialised in the order of their names, and the
// output has another name than its source.
func TestFileOrder(t *testing.T) {
	for effect, want := range map[string]string{
		"func init() {}":    "8:1: corofy: something that happens before main, here and maybe in a_b.go: the order would be another: not supported",
		"var x = two(\"\")": "8:1: corofy: something that happens before main, here and maybe in a_b.go: the order would be another: not supported",
		"var x int":         "",
		"const x = 1":       "",
	} {
		dir := module(t, map[string]string{"a.go": strings.Replace(good, "func one", "\n"+effect+"\n\nfunc one", 1), "a_b.go": "package main\n", "main.go": helpers})
		err := File(filepath.Join(dir, "a.go"), "")
		if want != "" {
			want = filepath.Join(dir, "a.go:") + want
		}
		if err == nil && want != "" || err != nil && err.Error() != want {
			t.Errorf("%s: %v; want %s", effect, err, want)
		}
	}
}

// TestOfOneSystem: the output's name would say that it is for all.
func TestOfOneSystem(t *testing.T) {
	name := "a_" + runtime.GOOS + ".go"
	dir := module(t, map[string]string{name: good, "main.go": helpers})
	err := File(filepath.Join(dir, name), "")
	if want := filepath.Join(dir, name) + ":1:1: corofy: a file of one system, by its name: not supported"; errText(err) != want {
		t.Errorf("%v; want %s", err, want)
	}
}

// TestModule has directories where there is nothing to do for corofy.
func TestModule(t *testing.T) {
	dir := module(t, map[string]string{"a.go": good, "main.go": helpers})
	write(t, filepath.Join(dir, "go.mod"), "module m\n\ngo 1.21\n")
	if err := File(filepath.Join(dir, "a.go"), ""); errText(err) != "corofy: "+dir+": the module has go 1.21: not supported before 1.22" {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(dir, "go.mod")); err != nil {
		t.Fatal(err)
	}
	if err := File(filepath.Join(dir, "a.go"), ""); !strings.HasPrefix(errText(err), "corofy: ") {
		t.Error(err)
	}
}

// TestOneLine: what comes after the function in its line stays a declaration of its own.
func TestOneLine(t *testing.T) {
	l := loaderOf(t, "testdata/reject")
	coroutine := "func one() future.Future[int] { return future.Async(func(co *future.Co) (int, error) { return 1, nil }) }"
	for _, rest := range []string{"", "; func two() int { return 2 }", " ; var three = 3 // three", "; // no more", " /* no */ // more"} {
		src := tag + "\n\npackage reject; import \"ch07/future\"\n" + coroutine + rest + "\n"
		if _, err := l.rewrite("reject.go", []byte(src)); err != nil {
			t.Errorf("%q: %v", rest, err)
		}
	}
}
