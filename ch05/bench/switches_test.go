package bench

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"ch05/kit/kittest"
	"ch05/kit/leaktest"
)

func TestSwitches(t *testing.T) {
	leaktest.Check(t)
	var b strings.Builder
	if err := Switches(&b, 1000); errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	kittest.InOrder(t, b.String(), "ns per switch", "ratio", "bare switch", "Yield", "iter.Pull", "Gosched",
		"goroutine: over a channel", "OS thread: over a channel")
	rows := 0
	for line := range strings.Lines(b.String()) {
		f := strings.Fields(line)
		if len(f) < 3 || !strings.Contains(line, ": ") {
			continue
		}
		ns, err1 := strconv.ParseFloat(f[len(f)-2], 64)
		ratio, err2 := strconv.ParseFloat(f[len(f)-1], 64)
		if rows++; err1 != nil || err2 != nil || ns <= 0 || ratio <= 0 {
			t.Errorf("not measured: %q", line)
		}
	}
	if rows != 6 {
		t.Errorf("%d rows, want 6:\n%s", rows, b.String())
	}
}
