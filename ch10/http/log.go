package http

import (
	"bytes"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// A Log is a writer for the lines of a [Server] and its handler that never blocks. A goroutine writes them to a writer
// that may block: a terminal, or a pipe that nobody reads. If 1000 lines wait to be written, a Log drops those that
// come, and writes how many it has dropped.
type Log struct {
	lines   chan []byte
	dropped atomic.Int64
	over    chan struct{} // closed when all has been written
}

// NewLog returns a Log that writes to w. It has to be closed, or its goroutine stays. Errors of w are ignored.
func NewLog(w io.Writer) *Log {
	l := &Log{lines: make(chan []byte, 1000), over: make(chan struct{})}
	go func() {
		defer close(l.over)
		for line := range l.lines {
			w.Write(line)
			if n := l.dropped.Swap(0); n > 0 {
				fmt.Fprintf(w, "(%d lines were dropped)\n", n)
			}
		}
	}()
	return l
}

// Write takes one line, and returns its length and no error. Any goroutine may call it before Close, and
// it panics after that.
func (l *Log) Write(line []byte) (int, error) {
	select {
	case l.lines <- bytes.Clone(line):
	default:
		l.dropped.Add(1)
	}
	return len(line), nil
}

// Close waits until all lines have been written, but not longer than a second, because perhaps nobody reads them. It
// returns nil. Call it once.
func (l *Log) Close() error {
	close(l.lines)
	select {
	case <-l.over:
	case <-time.After(time.Second):
	}
	return nil
}
