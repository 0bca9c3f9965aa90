package bench

import (
	"bytes"
	"fmt"
	"io"
	goruntime "runtime"
	"slices"
	"strconv"
)

// A table has a row for each result, written as soon as it is there, so the cells are wide enough for all. Figures
// against n and notes come at the end.
type table struct {
	out          io.Writer
	grown, notes bytes.Buffer
}

// row writes cells, the first and the third to the left.
func row(out io.Writer, job, n, unit string, figures ...string) {
	fmt.Fprintf(out, "  %-22s%10s  %-12s", job, n, unit)
	for _, f := range figures {
		fmt.Fprintf(out, "%*s", max(11, len(f)+2), f)
	}
	fmt.Fprintln(out)
}

func (t *table) header() {
	row(t.out, "job", "n", "unit", "ours", "goroutines", "ratio", "on 1 P", "ratio")
}

func (t *table) add(results []*result) {
	for _, r := range results {
		row(t.out, r.Job, thousands(r.N), r.Unit, figure(r.Ours), figure(r.Goroutines), figure(r.Ratio), figure(r.On1P), figure(r.Ratio1P))
	}
}

// keep keeps what is said of j at the end. grown has a result for each n, the largest first.
func (t *table) keep(j job, grown []*result) {
	fmt.Fprintf(&t.notes, "  %s: %s\n", j.name, j.note)
	if !j.grows {
		return
	}
	var ns, a, b []string
	for _, r := range slices.Backward(grown) {
		ns, a, b = append(ns, thousands(r.N)), append(a, figure(r.Ours)), append(b, figure(r.Goroutines))
	}
	fmt.Fprintln(&t.grown)
	row(&t.grown, j.name, "against n", j.units[0], ns...)
	row(&t.grown, "", "", string(ours), a...)
	row(&t.grown, "", "", string(goroutines), b...)
}

func (t *table) end(rounds int) {
	fmt.Fprintf(t.out, "%s\n%s; median of %d rounds, taken in turn; ratio above 1: ours is better\n%s", &t.grown, machine(), rounds, &t.notes)
	fmt.Fprintln(t.out, "  on 1 P: goroutines that have one thread, as our tasks do")
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
