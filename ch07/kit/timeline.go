package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// A timeline shows what happened when: a row for each request, task or person,
// all to one scale. One look tells sequential from concurrent.
//
//	first   |------#
//	second         |------------#
//	        0s                 3s
type timeline []row

// A row starts at '|', is '-' while it waits and '=' while it works, and ends
// with '#', or with 'x' if it failed.
type row struct {
	label      string
	start, end time.Duration
	busy       []span
	failed     bool
}

type span struct{ from, to time.Duration }

const (
	timelineColumns = 72 // of a printed line, label included
	labelColumns    = 24 // a longer label is cut
)

// print writes the rows in their order, and a last line with the scale.
func (t timeline) print(w io.Writer) {
	var last time.Duration
	labels, widest := make([]string, len(t)), 0
	for i, r := range t {
		last = max(last, r.end)
		labels[i] = cutLabel(r.label)
		widest = max(widest, columns(labels[i]))
	}
	plot := timelineColumns - widest - 2
	at := func(d time.Duration) int {
		if last <= 0 {
			return 0
		}
		return int(float64(max(d, 0)) / float64(last) * float64(plot-1))
	}
	for i, r := range t {
		line := []byte(strings.Repeat(" ", plot))
		from, to := at(r.start), at(max(r.start, r.end))
		for c := from; c < to; c++ {
			line[c] = '-'
		}
		for _, b := range r.busy {
			for c := at(b.from); c < max(at(b.to), at(b.from)+1) && c < plot; c++ {
				line[c] = '='
			}
		}
		line[from] = '|'
		line[to] = '#'
		if r.failed {
			line[to] = 'x'
		}
		pad := strings.Repeat(" ", widest-columns(labels[i]))
		fmt.Fprintf(w, "%s%s  %s\n", labels[i], pad, strings.TrimRight(string(line), " "))
	}
	end := round(last).String()
	fmt.Fprintf(w, "%*s0s%*s\n", widest+2, "", plot-2, end)
}

// round keeps three digits or so: what the eye can use.
func round(d time.Duration) time.Duration {
	unit := time.Nanosecond
	for unit*1000 <= d {
		unit *= 10
	}
	return d.Round(unit)
}

func cutLabel(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
	if columns(s) <= labelColumns {
		return s
	}
	n := 0
	for i, r := range s {
		if n += runeColumns(r); n >= labelColumns {
			return s[:i] + "…"
		}
	}
	return s
}

func columns(s string) (n int) {
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// wide are the blocks whose characters take two columns in a terminal (Unicode
// Standard Annex 11: W and F), near enough for a label.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, // Hangul Jamo
		{Lo: 0x2e80, Hi: 0xa4cf, Stride: 1}, // CJK, kana, Yi
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, // Hangul
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1}, // CJK compatibility
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff00, Hi: 0xff60, Stride: 1}, // full-width forms
		{Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, // pictographs
		{Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1},
		{Lo: 0x1f900, Hi: 0x1faff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1}, // more CJK
	},
}

func runeColumns(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}
