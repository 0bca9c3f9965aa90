package kit

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// A Timeline shows what happened when. It has a row for each request, task or
// person, all to one scale, so one look tells sequential from concurrent.
//
//	first   |------#
//	second         |------------#
//	        0s                 3s
type Timeline []Row

// A Row starts at '|', is '-' while it waits and '=' while it works, and ends
// with '#', or with 'x' if it failed.
type Row struct {
	Label      string // at most 24 characters are shown
	Start, End time.Duration
	Busy       []Span
	Failed     bool
}

// A Span is a part of a row.
type Span struct{ From, To time.Duration }

const (
	columns      = 72 // of a printed line, label included
	labelColumns = 24
)

// Print writes the rows in their order, and a last line with the scale.
func (t Timeline) Print(w io.Writer) {
	var last time.Duration
	widest := 0
	for _, r := range t {
		last = max(last, r.End)
		widest = max(widest, min(labelColumns, utf8.RuneCountInString(r.Label)))
	}
	plot := columns - widest - 2
	at := func(d time.Duration) int {
		return int(float64(max(0, min(d, last))) / float64(max(last, 1)) * float64(plot-1))
	}
	for _, r := range t {
		line := []byte(strings.Repeat(" ", plot))
		from, to := at(r.Start), at(max(r.Start, r.End))
		fill(line[from:to], '-')
		for _, b := range r.Busy {
			fill(line[at(b.From):min(max(at(b.To), at(b.From)+1), plot)], '=')
		}
		line[from] = '|'
		line[to] = '#'
		if r.Failed {
			line[to] = 'x'
		}
		fmt.Fprintf(w, "%-*s  %s\n", widest, cut(r.Label), strings.TrimRight(string(line), " "))
	}
	fmt.Fprintf(w, "%*s0s%*v\n", widest+2, "", plot-2, Round(last))
}

func fill(line []byte, with byte) {
	for i := range line {
		line[i] = with
	}
}

func cut(label string) string {
	if r := []rune(label); len(r) > labelColumns {
		return string(r[:labelColumns-1]) + "…"
	}
	return label
}

// Round keeps about three digits, because a reader uses no more.
func Round(d time.Duration) time.Duration {
	unit := time.Nanosecond
	for unit*1000 <= d {
		unit *= 10
	}
	return d.Round(unit)
}
