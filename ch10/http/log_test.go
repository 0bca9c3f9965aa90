package http

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"ch10/kit/leaktest"
)

func TestLog(t *testing.T) {
	leaktest.Check(t)
	var out bytes.Buffer
	l, want := NewLog(&out), ""
	line := make([]byte, 0, 10)
	for i := range 100 {
		line = fmt.Appendf(line[:0], "%d\n", i) // the Log keeps a copy
		l.Write(line)
		want += string(line)
	}
	l.Close()
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
}

// TestLogThatNobodyReads: who logs isn't held up, and what is lost is counted.
func TestLogThatNobodyReads(t *testing.T) {
	leaktest.Check(t)
	r, w := io.Pipe()
	l := NewLog(w)
	const lines = 5000
	for range lines {
		if n, err := l.Write([]byte("line\n")); n != 5 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	go func() {
		l.Close()
		<-l.over
		w.Close()
	}()
	all, _ := io.ReadAll(r)
	got, dropped := strings.Count(string(all), "line\n"), 0
	for line := range strings.Lines(string(all)) {
		n := 0
		fmt.Sscanf(line, "(%d lines", &n)
		dropped += n
	}
	if got < 1000 || got > 1100 || got+dropped != lines {
		t.Errorf("%d lines, and %d were dropped", got, dropped)
	}
}
