package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"ch10/kit/kittest"
	"ch10/kit/leaktest"
)

// tempFile returns the name of a file that isn't there.
func tempFile(t *testing.T) string {
	t.Helper()
	f, err := os.CreateTemp("", "trace")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	os.Remove(f.Name())
	t.Cleanup(func() { os.Remove(f.Name()) })
	return f.Name()
}

func TestTrace(t *testing.T) {
	for _, args := range [][]string{{"futures", "-speed", "1000"}, {"parker"}} {
		name := tempFile(t)
		works(t, append(args, "-trace", name)...)
		text, err := os.ReadFile(name)
		if err != nil || !bytes.HasPrefix(text, []byte("go 1.")) {
			t.Fatalf("%q: %v, %.20q", args, err, text)
		}
		// Its tasks and polls, and not those of others.
		for function, want := range map[string]bool{"asyncMain": args[0] == "futures", "pingPong": args[0] == "parker"} {
			if bytes.Contains(text, []byte(function)) != want {
				t.Errorf("%q: %q is in the trace: %v", args, function, !want)
			}
		}
	}
	name := tempFile(t)
	works(t, "-speed", "1000") // -trace doesn't stick
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestTraceOfFailure: the trace is whole, and the status is the example's.
func TestTraceOfFailure(t *testing.T) {
	leaktest.Check(t)
	name := tempFile(t)
	_, stderr, status := command("futures", "-trace", name, "-server", "no port")
	if text, err := os.ReadFile(name); status != 1 || strings.Count(stderr, "\n") != 1 || err != nil || !bytes.HasPrefix(text, []byte("go 1.")) {
		t.Errorf("status %d, %q; %v, %.20q", status, stderr, err, text)
	}
}

func TestTraceCannotBeWritten(t *testing.T) {
	leaktest.Check(t)
	for _, name := range []string{filepath.Join("nosuch", "trace"), "."} {
		out, stderr, status := command("futures", "-trace", name)
		if status != 1 || out != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, chapter+": -trace: open "+name) {
			t.Errorf("%s: status %d, %q, %q", name, status, out, stderr)
		}
	}
	if runtime.GOOS == "linux" {
		out, stderr, status := command("futures", "-speed", "1000", "-trace", "/dev/full")
		if status != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "-trace: write /dev/full: no space left") {
			t.Errorf("/dev/full: status %d, %q", status, stderr)
		}
		kittest.InOrder(t, out, finished, finished)
	}
}
