package corofy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestForms: what Poll takes is what it takes in the package future that the source imports.
func TestForms(t *testing.T) {
	needsGo(t)
	for chapter, want := range map[string]string{ // of which some may not be here
		"ch07": "Poll() (zero string,",
		"ch08": "Poll(w future.Waker) (zero string,",
		"ch10": "Poll(cx *future.Context) (zero string,",
	} {
		all, err := filepath.Glob("../../" + chapter + "/future/*.go")
		if err != nil || len(all) == 0 {
			t.Logf("%s isn't here", chapter)
			continue
		}
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "future"), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range all {
			if !strings.HasSuffix(name, "_test.go") {
				write(t, filepath.Join(dir, "future", filepath.Base(name)), read(t, name))
			}
		}
		for name, text := range map[string]string{"go.mod": "module m\n\ngo 1.26.0\n", "a.go": good, "main.go": helpers} {
			write(t, filepath.Join(dir, name), text)
		}
		if err := File(filepath.Join(dir, "a.go"), ""); err != nil {
			t.Fatal(err)
		}
		if got := read(t, filepath.Join(dir, "a_corofied.go")); !strings.Contains(got, want) {
			t.Errorf("%s: no %q in %s", chapter, want, got)
		}
		command(t, "go", "-C", dir, "build", "-o", filepath.Join(t.TempDir(), "x"))
	}
}
