//go:build unix

package main

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// writers are both functions that end in write(2).
func writers() map[string]func(uintptr, []byte) (int, error) {
	w := map[string]func(uintptr, []byte) (int, error){"syscall": systemWrite}
	if hasRawSyscall() {
		w["raw-syscall"] = rawWrite
	}
	return w
}

func TestBadDescriptor(t *testing.T) {
	for name := range writers() {
		_, stderr, status := command(name, "-fd", "99")
		if want := chapter + ": write(2) to fd 99: bad file descriptor\n"; status != 1 || stderr != want {
			t.Errorf("%s: status %d, %q; want 1, %q", name, status, stderr, want)
		}
	}
}

// A pipe that nobody reads takes a part of a large write, and then nothing.
func TestShortWriteAndErrno(t *testing.T) {
	for name, write := range writers() {
		var p [2]int
		if err := unix.Pipe(p[:]); err != nil {
			t.Fatal(err)
		}
		defer unix.Close(p[0])
		defer unix.Close(p[1])
		if err := unix.SetNonblock(p[1], true); err != nil {
			t.Fatal(err)
		}
		big := []byte(strings.Repeat("x", 1<<20))
		n, err := write(uintptr(p[1]), big)
		if err != nil || n <= 0 || n >= len(big) {
			t.Errorf("%s: %d of %d bytes, %v; want a part", name, n, len(big), err)
		}
		if n, err := write(uintptr(p[1]), big); n != 0 || !errors.Is(err, syscall.EAGAIN) {
			t.Errorf("%s: %d bytes, %v; want EAGAIN", name, n, err)
		}
	}
}
