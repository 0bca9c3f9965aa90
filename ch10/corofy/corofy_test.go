package corofy

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// needsGo skips where programs for this system can't be built.
func needsGo(t *testing.T) {
	t.Helper()
	out, err := exec.Command("go", "env", "GOHOSTOS", "GOHOSTARCH").Output()
	host := strings.Fields(string(out))
	if errors.Is(err, exec.ErrNotFound) && runtime.GOOS == "windows" || err == nil && !slices.Equal(host, []string{runtime.GOOS, runtime.GOARCH}) {
		t.Skipf("no go command of %s/%s here, which corofy needs: %v %q", runtime.GOOS, runtime.GOARCH, err, host)
	} else if err != nil {
		t.Fatalf("go env: %v", err)
	}
}

// loaders are shared: what they have loaded doesn't change.
var loaders = map[string]*loader{}

func loaderOf(t *testing.T, dir string) *loader {
	t.Helper()
	needsGo(t)
	if loaders[dir] == nil {
		l, err := newLoader(dir)
		if err != nil {
			t.Fatal(err)
		}
		loaders[dir] = l
	}
	return loaders[dir]
}

func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s%s", name, args, err, out, &stderr)
	}
	return string(out)
}

// overlay returns the name of a file that has the go command see others than there are.
func overlay(t *testing.T, files map[string]string) string {
	t.Helper()
	abs := map[string]string{}
	for at, from := range files {
		a, err1 := filepath.Abs(at)
		f, err2 := filepath.Abs(from)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		abs[a] = f
	}
	text, err := json.Marshal(map[string]any{"Replace": abs})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// sources returns the files of dir that corofy is for.
func sources(t *testing.T, dir string) (names []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(src, []byte(tag)) && !strings.HasSuffix(name, "_test.go") {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		t.Fatalf("no file in %s begins with %q", dir, tag)
	}
	return names
}

// TestThreeWays builds the cases with waits that poll until they have something, on
// coroutines, and rewritten. They must do the same.
func TestThreeWays(t *testing.T) {
	const dir = "testdata/cases"
	l, tmp := loaderOf(t, dir), t.TempDir()
	files := map[string]string{}
	for _, name := range sources(t, dir) {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := l.rewrite(filepath.Base(name), src)
		if err != nil {
			t.Fatal(err)
		}
		written := filepath.Join(tmp, filepath.Base(name))
		if err := os.WriteFile(written, text, 0o600); err != nil {
			t.Fatal(err)
		}
		clean(t, written, text)
		files[strings.TrimSuffix(name, ".go")+"_corofied.go"] = written
	}
	plain := runCases(t, "-tags=stackful", "-overlay="+overlay(t, map[string]string{"../future/async.go": "testdata/plain.go"}))
	stackful := runCases(t, "-tags=stackful")
	corofied := "-overlay=" + overlay(t, files)
	command(t, "go", "vet", corofied, "./"+dir)
	rewritten := runCases(t, corofied)

	same(t, "plain", regexp.MustCompile(`(?m)^~.*\n`).ReplaceAllString(plain, ""),
		"stackful", regexp.MustCompile(`(?m)^~.*\n`).ReplaceAllString(stackful, ""))
	same(t, "stackful", stackful, "corofied", rewritten)
	if n := strings.Count(stackful, "==="); n < 3*170 {
		t.Errorf("%d runs of cases", n)
	}
}

func runCases(t *testing.T, flags ...string) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "cases.exe")
	command(t, "go", append(append([]string{"build", "-ldflags=-s -w", "-o", exe}, flags...), "./testdata/run")...)
	return command(t, exe)
}

// same compares what two programs print about each case.
func same(t *testing.T, nameA, a, nameB, b string) {
	t.Helper()
	as, bs := strings.Split(a, "=== "), strings.Split(b, "=== ")
	if len(as) != len(bs) {
		t.Fatalf("%s has %d runs, %s %d", nameA, len(as), nameB, len(bs))
	}
	for i := range as {
		linesA, linesB := strings.Split(as[i], "\n"), strings.Split(bs[i], "\n")
		for j := range min(len(linesA), len(linesB)) {
			if linesA[j] != linesB[j] {
				t.Errorf("%s\n%s: %s\n%s: %s", linesA[0], nameA, linesA[j], nameB, linesB[j])
				break
			}
		}
	}
}

// clean looks at what corofy has written.
func clean(t *testing.T, name string, text []byte) {
	t.Helper()
	if formatted, err := format.Source(text); err != nil || !bytes.Equal(formatted, text) {
		t.Errorf("%s: not as gofmt has it: %v", name, err)
	}
	src, err := os.ReadFile(filepath.Join("testdata/cases", filepath.Base(name)))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(src, []byte("comment 38")) && !bytes.Contains(text, []byte("\n} // comment 38\n\n// commentedCoroutine is ")) {
		t.Errorf("%s: a comment has left its line:\n%s", name, text)
	}
	for _, comment := range regexp.MustCompile(`comment \d+\b`).FindAllString(string(src), -1) {
		if n := len(regexp.MustCompile(comment+`\b`).FindAll(text, -1)); n != 1 {
			t.Errorf("%s: %q is there %d times", name, comment, n)
		}
	}
}

// TestGenerated compares the files of this program with what corofy makes of them.
func TestGenerated(t *testing.T) {
	l := loaderOf(t, "..")
	for _, name := range sources(t, "..") {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := l.rewrite(filepath.Base(name), src)
		if err != nil {
			t.Error(err)
			continue
		}
		have, err := os.ReadFile(strings.TrimSuffix(name, ".go") + "_corofied.go")
		if err != nil || !bytes.Equal(have, text) {
			t.Errorf("%s is not what corofy makes of it: make generate (%v)", name, err)
		}
	}
}
