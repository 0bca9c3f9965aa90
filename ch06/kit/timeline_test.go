package main

import (
	"strings"
	"testing"
	"time"
)

func drawn(t timeline) []string {
	var b strings.Builder
	t.print(&b)
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func TestTimelineIsToScale(t *testing.T) {
	lines := drawn(timeline{
		{label: "a", end: time.Second},
		{label: "b", start: time.Second, end: 3 * time.Second},
		{label: "c", end: 3 * time.Second, busy: []span{{time.Second, 2 * time.Second}}, failed: true},
	})
	if len(lines) != 4 {
		t.Fatalf("%d lines, want 4: %q", len(lines), lines)
	}
	a, b, c := lines[0], lines[1], lines[2]
	if strings.IndexByte(a, '#') != strings.IndexByte(b, '|') {
		t.Errorf("b doesn't start where a ends:\n%s\n%s", a, b)
	}
	if got := strings.IndexByte(b, '#'); got != timelineColumns-1 {
		t.Errorf("the longest row ends in column %d, want %d", got, timelineColumns-1)
	}
	if got, want := strings.Count(b, "-"), 2*strings.Count(a, "-"); got < want-1 || got > want+4 {
		t.Errorf("b waits %d columns, want about %d", got, want)
	}
	if n := strings.Count(c, "="); n < 20 || n > 25 || !strings.HasSuffix(c, "x") {
		t.Errorf("busy for a third and failed: %q", c)
	}
	if !strings.HasPrefix(lines[3], "   0s") || !strings.HasSuffix(lines[3], "3s") {
		t.Errorf("scale: %q", lines[3])
	}
}

func TestTimelineStaysInside72Columns(t *testing.T) {
	labels := []string{"", "plain", "日本語のラベル", "e\u0301te\u0301", "a\tb\n", strings.Repeat("x", 100), strings.Repeat("漢", 100), "🙂🙂"}
	var tl timeline
	for _, l := range labels {
		tl = append(tl, row{label: l, start: time.Second, end: 2 * time.Second})
	}
	lines := drawn(tl)
	if len(lines) != len(labels)+1 {
		t.Fatalf("%d lines, want %d", len(lines), len(labels)+1)
	}
	for i, l := range lines {
		if columns(l) > 72 {
			t.Errorf("%d columns: %q", columns(l), l)
		}
		if i < len(labels) {
			before, _, _ := strings.Cut(l, "|")
			first, _, _ := strings.Cut(lines[0], "|")
			if columns(before) != columns(first) {
				t.Errorf("%q starts in column %d, the first row in %d", labels[i], columns(before), columns(first))
			}
		}
	}
}

func TestTimelineOfNothing(t *testing.T) {
	if got := drawn(timeline{}); len(got) != 1 {
		t.Errorf("no rows: %q", got)
	}
	if got := drawn(timeline{{label: "instant"}}); got[0] != "instant  #" {
		t.Errorf("a row that takes no time: %q", got[0])
	}
	if got := drawn(timeline{{label: "back", start: 5, end: 3}, {label: "on", end: 9}}); !strings.Contains(got[0], "#") {
		t.Errorf("an end before the start: %q", got[0])
	}
}
