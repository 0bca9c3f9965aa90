package http

import (
	"bytes"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// A Log is a writer for the lines of a [Server] and its handler. It never blocks, since another goroutine writes to
// what may block: a terminal, a pipe that nobody reads. Lines that find a thousand others waiting are dropped, and
// counted in the line that comes next.
type Log struct {
	w       io.Writer
	lines   chan []byte
	dropped atomic.Int64
	over    chan struct{} // closed when all has been written
}

// NewLog returns a Log that writes to w until Close.
func NewLog(w io.Writer) *Log {
	l := &Log{w: w, lines: make(chan []byte, 1000), over: make(chan struct{})}
	go func() {
		defer close(l.over)
		for line := range l.lines {
			l.w.Write(line)
			if n := l.dropped.Swap(0); n > 0 {
				fmt.Fprintf(l.w, "(%d lines were dropped)\n", n)
			}
		}
	}()
	return l
}

// Write takes a line. There must be none after Close.
func (l *Log) Write(line []byte) (int, error) {
	select {
	case l.lines <- bytes.Clone(line):
	default:
		l.dropped.Add(1)
	}
	return len(line), nil
}

// Close waits until all has been written, for a second: nobody may be reading.
func (l *Log) Close() error {
	close(l.lines)
	select {
	case <-l.over:
	case <-time.After(time.Second):
	}
	return nil
}
