package bench

import (
	"fmt"
	"io"
	goruntime "runtime"
	"strconv"
)

// A table has a row for each result, written as soon as it is there, so the cells are wide enough for all.
type table struct {
	out   io.Writer
	jobs  []job
	grown [][]*result // of a job that grows: its first unit for each n, the largest n first
}

func (t *table) header() { t.row("job", "n", "unit", "ours", "goroutines", "ratio", "on 1 P", "ratio") }

// row writes cells, the first and the third to the left.
func (t *table) row(job, n, unit string, figures ...string) {
	fmt.Fprintf(t.out, "  %-16s%10s  %-12s", job, n, unit)
	for _, f := range figures {
		fmt.Fprintf(t.out, "%*s", max(11, len(f)+2), f)
	}
	fmt.Fprintln(t.out)
}

// add is called for each n of a job; what is smaller than the first has no rows but those against n.
func (t *table) add(j job, results []*result, smaller bool) {
	if smaller {
		last := &t.grown[len(t.grown)-1]
		*last = append(*last, results[0])
		return
	}
	t.jobs = append(t.jobs, j)
	if j.grows {
		t.grown = append(t.grown, []*result{results[0]})
	}
	for _, r := range results {
		t.row(r.Job, thousands(r.N), r.Unit, figure(r.Ours), figure(r.Goroutines), figure(r.Ratio), figure(r.On1P), figure(r.Ratio1P))
	}
}

func (t *table) end(rounds int) {
	for _, g := range t.grown {
		fmt.Fprintln(t.out)
		var ns, a, b []string
		for i := len(g) - 1; i >= 0; i-- {
			ns, a, b = append(ns, thousands(g[i].N)), append(a, figure(g[i].Ours)), append(b, figure(g[i].Goroutines))
		}
		t.row(g[0].Job, "against n", g[0].Unit, ns...)
		t.row("", "", string(ours), a...)
		t.row("", "", string(goroutines), b...)
	}
	fmt.Fprintf(t.out, "\n%s; median of %d rounds, taken in turn; ratio above 1: ours is better\n", machine(), rounds)
	for _, j := range t.jobs {
		fmt.Fprintf(t.out, "  %s: %s\n", j.name, j.note)
	}
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
