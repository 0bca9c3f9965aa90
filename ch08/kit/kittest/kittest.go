// Package kittest runs a chapter's program inside its tests.
package kittest

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"

	"ch08/kit"
)

// A Program holds the arguments that main passes to kit.Main.
type Program struct {
	Chapter, Headline string
	Examples          []kit.Example
}

// Command runs one command line.
func (p Program) Command(args ...string) (out, stderr string, status int) {
	var o, e bytes.Buffer
	status = kit.Run(p.Chapter, p.Headline, p.Examples, args, &o, &e)
	return o.String(), e.String(), status
}

// InOrder fails the test unless out contains the texts, one after the other.
func InOrder(t *testing.T, out string, texts ...string) {
	t.Helper()
	rest := out
	for _, s := range texts {
		_, after, ok := strings.Cut(rest, s)
		if !ok {
			t.Fatalf("%q is missing, or not in its place, in:\n%s", s, out)
		}
		rest = after
	}
}

// Main is for TestMain. It runs the tests, or main itself in the child process
// that Status starts.
func Main(m *testing.M, main func()) {
	if os.Getenv("CHAPTER_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}

// Status runs the test binary as the built program and compares its exit
// status. The package's TestMain must call Main.
func Status(t *testing.T, args string, want int) {
	t.Helper()
	argv := append(strings.Fields(os.Getenv("CHILD_EXEC")), os.Args[0])
	cmd := exec.Command(argv[0], append(argv[1:], strings.Fields(args)...)...)
	cmd.Env = append(os.Environ(), "CHAPTER_MAIN=1")
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != want {
		t.Errorf("%q: %v, want status %d\n%s", args, err, want, out)
	}
}

// CheckTable checks the rules for examples: names are unique, letters are in order, and a flag takes a value in all
// examples or in none.
func (p Program) CheckTable(t *testing.T) {
	names, kinds := map[string]bool{"list": true, "all": true, "": true}, map[string]bool{}
	for i, e := range p.Examples {
		if names[e.Name] || e.Letter != "" && names[e.Letter] {
			t.Errorf("%s %s: taken", e.Letter, e.Name)
		}
		names[e.Name], names[e.Letter] = true, true
		if e.Letter != "" && e.Letter != string(rune('a'+i)) || e.Section == "" || e.Doc == "" || (e.Page == 0) != (e.Section == "–") {
			t.Errorf("%s %s, page %d of %q: letters in order, doc, and the book's section with its page, or –", e.Letter, e.Name, e.Page, e.Section)
		}
		fs := flag.NewFlagSet(e.Name, flag.ContinueOnError)
		fs.Bool("h", false, "")
		fs.Float64("speed", 1, "")
		fs.String("server", "", "")
		if e.Flags != nil {
			e.Flags(fs)
		}
		fs.VisitAll(func(f *flag.Flag) {
			_, isBool := f.Value.(interface{ IsBoolFlag() bool })
			if other, ok := kinds[f.Name]; ok && other != isBool {
				t.Errorf("-%s takes a value in one example and none in another", f.Name)
			}
			kinds[f.Name] = isBool
		})
	}
	if !names[p.Headline] {
		t.Errorf("headline %q isn't in the table", p.Headline)
	}
}
