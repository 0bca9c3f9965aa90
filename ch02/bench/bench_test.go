package bench

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Memory is measured first, and every unit waits until the last are counted.
func TestRun(t *testing.T) {
	var did []string
	model := func(name string, nap time.Duration) *Model {
		note := func(s string) { did = append(did, s+" "+name) }
		return &Model{Name: name, Note: "note of " + name, Units: 10,
			Create: func(n int) { time.Sleep(time.Duration(n) * nap); note("create") },
			Swap:   func(n int) { time.Sleep(time.Duration(n) * nap); note("swap") },
			Wait:   func(int) func() { note("wait"); return func() { note("end") } },
		}
	}
	var out strings.Builder
	Run(&out, []*Model{model("a", 2*time.Millisecond), model("b", time.Millisecond)})
	want := []string{"wait a", "wait b", "end b", "end a"}
	for range rounds {
		want = append(want, "create a", "swap a", "create b", "swap b")
	}
	if !slices.Equal(slices.Compact(did), want) {
		t.Errorf("did %q, want %q", did, want)
	}
	for _, s := range []string{"median of 5 rounds", "\n  a: note of a\n  b: note of b\n"} {
		if !strings.Contains(out.String(), s) {
			t.Errorf("%q is missing in:\n%s", s, out.String())
		}
	}
}

func TestTheMedianCounts(t *testing.T) {
	if a, b := median([]float64{9, 1, 5}), median([]float64{2}); a != 5 || b != 2 {
		t.Errorf("%v and %v, want 5 and 2", a, b)
	}
}
