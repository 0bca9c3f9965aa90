package corofy

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestRandomFiles compares what packages of several files do, each with random programs whose local types have the same
// names, and whose functions have names that differ only in case, or are those of an import of the other file.
func TestRandomFiles(t *testing.T) {
	seed, n := max(*randomSeed, 1), 2
	if *randomFor > 0 && *randomSeed == 0 {
		seed = rand.Uint64() >> 24
	}
	total, refused := 0, 0
	for begin := time.Now(); ; seed += uint64(8 * n) {
		if *randomFor > 0 {
			n = 20
		}
		refused += randomPackages(t, seed, n)
		if total += n; t.Failed() || time.Since(begin) >= *randomFor {
			break
		}
	}
	t.Logf("%d packages, of which %d refused, the last with seed %d", total, refused, seed)
}

// randomPackages tries n packages, and returns how many are refused.
func randomPackages(t *testing.T, seed uint64, n int) (refused int) {
	t.Helper()
	dir := module(t, nil)
	world := strings.ReplaceAll(read(t, "testdata/random/main.go"), `"ch10/`, `"m/`)
	imports, calls := "", ""
	for i := range n {
		name := fmt.Sprint("r", i)
		at := filepath.Join(dir, name)
		if err := os.Mkdir(at, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(at, "main.go"), strings.NewReplacer("package main", "package "+name, "func main()", "func Main()").Replace(world))
		from := seed + uint64(8*i)
		write(t, filepath.Join(at, "a.go"), randomFile(name, "future", from, "request", "Request"))
		write(t, filepath.Join(at, "b.go"), randomFile(name, "fut", from+2, "run", "T1"))
		ok := true
		for _, file := range []string{"a.go", "b.go"} {
			err := fileIn(filepath.Join(at, file), "")
			if err != nil && (strings.Contains(err.Error(), "fault of corofy") || !positioned.MatchString(err.Error())) {
				t.Errorf("-seed %d: %v\n%s", from, err, read(t, filepath.Join(at, file)))
			}
			ok = ok && err == nil
		}
		if !ok {
			refused++
			continue
		}
		if out, err := exec.Command("go", "-C", dir, "build", "./"+name).CombinedOutput(); err != nil {
			t.Errorf("-seed %d: %s\n%s\n%s", from, out, read(t, filepath.Join(at, "a.go")), read(t, filepath.Join(at, "b.go")))
			continue
		}
		imports += fmt.Sprintf("import %q\n", "m/"+name)
		calls += fmt.Sprintf("\tprintln(%d)\n\t%s.Main()\n", from, name)
	}
	if imports == "" {
		return refused
	}
	if err := os.Mkdir(filepath.Join(dir, "own"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "own/main.go"), "package main\n\n"+imports+"\nfunc main() {\n"+calls+"}\n")
	run := func(kind string, flags ...string) []string {
		exe := filepath.Join(dir, kind+".exe")
		command(t, "go", append(append([]string{"-C", dir, "build", "-gcflags=-N -l", "-ldflags=-s -w", "-o", exe}, flags...), "./own")...)
		out, err := exec.Command(exe).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %.2000s", kind, err, out)
		}
		return strings.Split(string(out), "\n")
	}
	stackful, corofied := run("stackful", "-tags=stackful"), run("corofied")
	plain := run("plain", "-tags=stackful", "-overlay="+overlay(t, map[string]string{filepath.Join(dir, "future/async.go"): "testdata/plain.go"}))
	at := ""
	for i, want := range stackful {
		if !strings.Contains(want, " ") {
			at = want
		}
		if i >= len(corofied) || corofied[i] != want || i >= len(plain) || cutLast(plain[i]) != cutLast(want) {
			t.Errorf("-seed %s: stackful %s, corofied %v, plain %v", at, want, corofied[min(i, len(corofied)):min(i+1, len(corofied))], plain[min(i, len(plain)):min(i+1, len(plain))])
		}
	}
	return refused
}

func cutLast(s string) string { return s[:max(strings.LastIndex(s, " "), 0)] }

// randomFile has two programs in one file. It knows package future by the given name.
func randomFile(pkg, future string, seed uint64, names ...string) string {
	head := fmt.Sprintf("%s\n\npackage %s\n\nimport (\n\t\"errors\"\n\t\"fmt\"\n\tT2 \"sort\"\n\n\t%s \"m/future\"\n)\n\nvar _, _, _ = T2.Ints, errors.New, fmt.Sprint[any]\n", tag, pkg, future)
	head = strings.Replace(head, "fmt.Sprint[any]", "fmt.Sprint", 1)
	if future != "future" { // in the other file T2 is a local type, in this one T3
		head = strings.Replace(head, "T2", "T3", 2)
	}
	for i, name := range names {
		_, text, _ := strings.Cut(string(generate(seed+uint64(i)).source(name)), "fmt.Sprint(errors.New(\"\"))\n")
		text = regexp.MustCompile(`\b(T\d+)_\w+`).ReplaceAllString(text, "$1")
		if future != "future" {
			text = strings.ReplaceAll(text, "T3", "T2")
		} else {
			text = strings.ReplaceAll(text, "T2", "T4")
		}
		head += regexp.MustCompile(`\bfuture\.`).ReplaceAllString(text, future+".")
	}
	return head
}
