package bench

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
)

// A table has a row for each result, written as soon as it is there: the cells are wide enough for all.
type table struct {
	out    io.Writer
	rounds int
	jobs   []job
	grown  []growth
}

// A growth is a job's first unit for each n, the largest n first.
type growth []*result

func newTable(out io.Writer, rounds int) *table {
	t := &table{out: out, rounds: rounds}
	t.row("job", "n", "unit", "ours", "goroutines", "ratio", "on 1 P", "ratio")
	return t
}

// row writes cells, the first and the third to the left.
func (t *table) row(job, n, unit string, figures ...string) {
	w := tabwriter.NewWriter(t.out, 11, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%-16s%10s  %-12s", job, n, unit)
	for _, f := range figures {
		fmt.Fprintf(w, "\t%s", f)
	}
	fmt.Fprint(w, "\t\n")
	w.Flush()
}

func (t *table) results(j job, results []*result) {
	if len(t.jobs) > 0 && t.jobs[len(t.jobs)-1].name == j.name {
		last := &t.grown[len(t.grown)-1]
		*last = append(*last, results[0])
		return
	}
	t.jobs = append(t.jobs, j)
	if j.grows {
		t.grown = append(t.grown, growth{results[0]})
	}
	for _, r := range results {
		t.row(r.Job, thousands(r.N), r.Unit, figure(r.Ours), figure(r.Goroutines), figure(r.Ratio), figure(r.On1P), figure(r.Ratio1P))
	}
}

func (t *table) end() {
	for _, g := range t.grown {
		fmt.Fprintln(t.out)
		cells := map[side][]string{}
		for i := len(g) - 1; i >= 0; i-- {
			cells[""] = append(cells[""], thousands(g[i].N))
			cells[ours] = append(cells[ours], figure(g[i].Ours))
			cells[goroutines] = append(cells[goroutines], figure(g[i].Goroutines))
		}
		t.row(g[0].Job, "against n", g[0].Unit, cells[""]...)
		for _, s := range []side{ours, goroutines} {
			t.row("", "", string(s), cells[s]...)
		}
	}
	fmt.Fprint(t.out, "\n")
	machine(t.out)
	fmt.Fprintf(t.out, "; median of %d rounds, taken in turn; ratio above 1: ours is better\n", t.rounds)
	for _, j := range t.jobs {
		fmt.Fprintf(t.out, "  %s: %s\n", j.name, j.note)
	}
	fmt.Fprintln(t.out, "  on 1 P: goroutines that have one thread, as our tasks do")
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
