package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"syscall"
	"testing"
)

func TestWriteAllContinuesAShortWrite(t *testing.T) {
	const text = "Hello world from raw syscall!\n"
	fd = 7
	var got strings.Builder
	calls := 0
	err := writeAll(func(to uintptr, p []byte) (int, error) {
		calls++
		if to != 7 {
			t.Errorf("write to %d, want 7", to)
		}
		n := min(len(p), 7)
		got.Write(p[:n])
		return n, nil
	}, text)
	if err != nil || got.String() != text || calls != 5 {
		t.Errorf("%q in %d writes, %v", got.String(), calls, err)
	}
}

func TestWriteAllRepeatsAnInterruptedWrite(t *testing.T) {
	fd = 7
	calls := 0
	err := writeAll(func(_ uintptr, p []byte) (int, error) {
		if calls++; calls == 1 {
			return 0, fmt.Errorf("write: %w", syscall.EINTR)
		}
		return len(p), nil
	}, "text")
	if err != nil || calls != 2 {
		t.Errorf("%v after %d calls, want 2 calls", err, calls)
	}
}

func TestWriteAllGivesUp(t *testing.T) {
	fd = 7
	failed := errors.New("failed")
	for _, c := range []struct {
		n         int
		err, want error
	}{{0, nil, io.ErrShortWrite}, {-1, nil, io.ErrShortWrite}, {9, nil, io.ErrShortWrite}, {0, failed, failed}} {
		calls := 0
		err := writeAll(func(uintptr, []byte) (int, error) { calls++; return c.n, c.err }, "text")
		if err != c.want || calls != 1 {
			t.Errorf("a write that returns %d, %v: %v after %d calls, want %v", c.n, c.err, err, calls, c.want)
		}
	}
	fd = math.MaxInt32 + 2 // its low 32 bits may be a descriptor that is open
	if _, _, status := command("syscall", "-fd", fmt.Sprint(fd)); status != 2 {
		t.Errorf("-fd %d: status %d, want bad usage", fd, status)
	}
}
