package kit

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func drawn(t Timeline) []string {
	var b strings.Builder
	t.Print(&b)
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func TestTimelineIsToScale(t *testing.T) {
	lines := drawn(Timeline{
		{Label: "a", End: time.Second},
		{Label: "b", Start: time.Second, End: 3 * time.Second},
		{Label: "c", End: 3 * time.Second, Busy: []Span{{time.Second, 2 * time.Second}}, Failed: true},
	})
	if len(lines) != 4 {
		t.Fatalf("%d lines, want 4: %q", len(lines), lines)
	}
	a, b, c := lines[0], lines[1], lines[2]
	if strings.IndexByte(a, '#') != strings.IndexByte(b, '|') {
		t.Errorf("b doesn't start where a ends:\n%s\n%s", a, b)
	}
	if got := strings.IndexByte(b, '#'); got != columns-1 {
		t.Errorf("the longest row ends in column %d, want %d", got, columns-1)
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
	labels := []string{"", "plain", "größer", strings.Repeat("x", 100), strings.Repeat("ö", 100)}
	var tl Timeline
	for _, l := range labels {
		tl = append(tl, Row{Label: l, Start: time.Second, End: 2 * time.Second, Busy: []Span{{time.Second, 9 * time.Second}}})
	}
	lines := drawn(tl)
	if len(lines) != len(labels)+1 {
		t.Fatalf("%d lines, want %d", len(lines), len(labels)+1)
	}
	for i, l := range lines[:len(labels)] {
		before, _, _ := strings.Cut(l, "|")
		first, _, _ := strings.Cut(lines[0], "|")
		if n := utf8.RuneCountInString(before); n != len(first) || utf8.RuneCountInString(l) > columns {
			t.Errorf("row %q starts in column %d: %q", labels[i], n, l)
		}
	}
}

func TestTimelineOfNothing(t *testing.T) {
	if got := drawn(Timeline{}); len(got) != 1 {
		t.Errorf("no rows: %q", got)
	}
	if got := drawn(Timeline{{Label: "instant"}}); got[0] != "instant  #" {
		t.Errorf("a row that takes no time: %q", got[0])
	}
	if got := drawn(Timeline{{Label: "back", Start: 5, End: 3}, {Label: "on", End: 9}}); !strings.Contains(got[0], "#") {
		t.Errorf("an end before the Start: %q", got[0])
	}
}
