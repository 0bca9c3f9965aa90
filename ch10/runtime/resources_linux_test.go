package runtime_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ch10/kit/leaktest"
	"ch10/runtime"
)

func count(t *testing.T, dir string) int {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Skip(err)
	}
	return len(names)
}

// TestDescriptors: two for the event queue and the way to wake it, until Shutdown.
func TestDescriptors(t *testing.T) {
	leaktest.Check(t)
	before := count(t, "/proc/self/fd")
	rt := newRuntime(t, oneWorker)
	if n := count(t, "/proc/self/fd"); n != before+2 {
		t.Errorf("%d descriptors, and %d before", n, before)
	}
	finish(t, rt, ready(2, nil))
	shutdown(t, rt)
	if n := count(t, "/proc/self/fd"); n != before {
		t.Errorf("%d descriptors after Shutdown, and %d before", n, before)
	}
}

// TestNoThreadOfItsOwn: Go has some threads that have nothing to do, but none for each runtime.
func TestNoThreadOfItsOwn(t *testing.T) {
	leaktest.Check(t)
	before := count(t, "/proc/self/task")
	const runtimes, spare = 60, 20
	for range runtimes {
		settle(t, newRuntime(t))
	}
	if n := count(t, "/proc/self/task"); n > before+spare {
		t.Errorf("%d threads with %d runtimes, and %d before", n, runtimes, before)
	}
}

// TestNewAtTheDescriptorLimit: an error, and what it had opened is closed.
func TestNewAtTheDescriptorLimit(t *testing.T) {
	leaktest.Check(t)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Skip(err)
	}
	low := limit
	low.Cur = uint64(count(t, "/proc/self/fd") + 20)
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Skip(err)
	}
	var all []int // every descriptor that can be had
	defer func() {
		for _, fd := range all {
			unix.Close(fd)
		}
		unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	}()
	for {
		fd, err := unix.Dup(0)
		if err != nil {
			break
		}
		all = append(all, fd)
	}
	if len(all) < 3 {
		t.Skip("too few descriptors")
	}
	for free := range 3 {
		for range 3 { // the first has left none open
			rt, err := runtime.New(runtime.Options{})
			if free < 2 {
				if rt != nil || !errors.Is(err, unix.EMFILE) || !strings.HasPrefix(err.Error(), "poll: open") {
					t.Errorf("%d descriptors are free: %v", free, err)
				}
			} else if err != nil {
				t.Errorf("%d descriptors are free: %v", free, err)
			} else {
				finish(t, rt, ready(2, nil))
				shutdown(t, rt)
			}
		}
		last := len(all) - 1
		unix.Close(all[last])
		all = all[:last]
	}
}
