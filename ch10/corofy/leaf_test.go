package corofy

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestMovable: a frame keeps a future itself where package future says that it may, and nowhere else.
func TestMovable(t *testing.T) {
	const dir = "testdata/cases"
	src, err := os.ReadFile(dir + "/movable.go")
	if err != nil {
		t.Fatal(err)
	}
	text, err := loaderOf(t, dir).rewrite("movable.go", src)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range regexp.MustCompile(`(?s)\ntype (\w+)Coroutine.*?\n}`).FindAllStringSubmatch(string(text), -1) {
		for _, f := range regexp.MustCompile(`\tfut\d +(.*?) +// what`).FindAllStringSubmatch(m[0], -1) {
			n++
			if isPointer := strings.HasPrefix(f[1], "future."); isPointer != strings.HasPrefix(m[1], "pointer") {
				t.Errorf("%s has %s", m[1], f[1])
			}
		}
	}
	if n != 20 {
		t.Errorf("%d futures:\n%s", n, text)
	}
}
