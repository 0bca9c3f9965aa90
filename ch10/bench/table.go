package bench

import (
	"fmt"
	"io"
	goruntime "runtime"
	"slices"
	"strconv"
)

// A table has a row for each result, written as soon as it is there, so the cells are wide enough for all.
type table struct {
	out   io.Writer
	notes []string
	grown [][]*result // of a job that grows: its first unit for each n, the largest n first
}

// row writes cells, the first and the third to the left.
func (t *table) row(job, n, unit string, figures ...string) {
	fmt.Fprintf(t.out, "  %-22s%10s  %-12s", job, n, unit)
	for _, f := range figures {
		fmt.Fprintf(t.out, "%*s", max(11, len(f)+2), f)
	}
	fmt.Fprintln(t.out)
}

// add keeps what is to be said of j at the end.
func (t *table) add(j job, grown []*result) {
	t.notes = append(t.notes, j.name+": "+j.note)
	if j.grows {
		t.grown = append(t.grown, grown)
	}
}

func (t *table) end(rounds int) {
	for _, g := range t.grown {
		fmt.Fprintln(t.out)
		var ns, a, b []string
		for _, r := range slices.Backward(g) {
			ns, a, b = append(ns, thousands(r.N)), append(a, figure(r.Ours)), append(b, figure(r.Goroutines))
		}
		t.row(g[0].Job, "against n", g[0].Unit, ns...)
		t.row("", "", string(ours), a...)
		t.row("", "", string(goroutines), b...)
	}
	fmt.Fprintf(t.out, "\n%s; median of %d rounds, taken in turn; ratio above 1: ours is better\n", machine(), rounds)
	for _, note := range append(t.notes, "on 1 P: goroutines that have one thread, as our tasks do") {
		fmt.Fprintf(t.out, "  %s\n", note)
	}
}

func machine() string {
	return fmt.Sprintf("%d cores, GOMAXPROCS %d, %s/%s, %s",
		goruntime.NumCPU(), goruntime.GOMAXPROCS(0), goruntime.GOOS, goruntime.GOARCH, goruntime.Version())
}

// figure has three digits or more.
func figure(v float64) string {
	switch {
	case v == 0:
		return "-"
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return thousands(int(v + 0.5))
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
