package corofy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDeadValues: a frame lets go of what nobody will read any more, before it waits.
func TestDeadValues(t *testing.T) {
	const name = "testdata/weak/weak.go"
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := loaderOf(t, filepath.Dir(name)).rewrite(filepath.Base(name), src)
	if err != nil {
		t.Fatal(err)
	}
	written := filepath.Join(t.TempDir(), "weak.go")
	write(t, written, string(text))
	files := map[string]string{strings.TrimSuffix(name, ".go") + "_corofied.go": written}
	exe := filepath.Join(t.TempDir(), "weak.exe")
	command(t, "go", "build", "-o", exe, "-overlay="+overlay(t, files), "./testdata/runweak")
	command(t, exe)
}

const sample = tag + `

package main

import "m/future"

func total(all []string, limit int) future.Future[int] {
	return future.Async(func(co *future.Co) (int, error) {
		sum := 0 // lives across the wait
		report := func() { println(sum) }
		for i, s := range all {
			n, err := future.Wait(co, size(s))
			if err != nil {
				return sum, err
			}
			for n > limit { // has no wait
				n /= 2
			}
			sum += n * i
		}
		report()
		return sum, nil
	})
}
`

// TestText looks at how what corofy writes reads.
func TestText(t *testing.T) {
	dir := module(t, map[string]string{"a.go": sample, "main.go": "package main\n\nimport \"m/future\"\n\nfunc size(string) future.Future[int] { return nil }\n\nfunc main() { total(nil, 0) }\n"})
	if err := File(filepath.Join(dir, "a.go"), ""); err != nil {
		t.Fatal(err)
	}
	text := read(t, filepath.Join(dir, "a_corofied.go"))
	for want, n := range map[string]int{
		"\t\tcase ":                  4, // before the loop, each round, after the wait, after the loop
		"// lives across the wait":   1,
		"line 11: for i, s := range": 1,
		"\t\t\tfor n > limit { // has no wait\n\t\t\t\tn /= 2\n\t\t\t}\n":                            0, // limit is in the frame
		"\t\t\tfor n > c.limit { // has no wait\n\t\t\t\tn /= 2\n\t\t\t}\n\t\t\t*c.sum += n * c.i\n": 1,
		"n, err := c.fut1.Poll()": 1,
		"\n\tsum    *int\n":       1,
		"\n\tlimit  int\n":        1,
		"\n\ts ":                  0, // nobody wants it after the future is made
		"\n\tn ":                  0,
	} {
		if got := strings.Count(text, want); got != n {
			t.Errorf("%q is there %d times, want %d, in\n%s", want, got, n, text)
		}
	}
}
