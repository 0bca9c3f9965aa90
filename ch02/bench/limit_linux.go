package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// spare is the number of threads that Go's runtime needs for itself, one for
// each CPU and some more.
var spare = 16 + runtime.NumCPU()

// RoomForThreads returns an error if n more threads would exceed a limit. It
// asks first because Go's runtime ends the whole process when clone(2) fails.
// There are two limits: the user's (RLIMIT_NPROC, getrlimit(2); root has none)
// and the control group's (pids.max). The user's other processes aren't
// counted.
func RoomForThreads(n int) error {
	var user unix.Rlimit
	if os.Geteuid() != 0 && unix.Getrlimit(unix.RLIMIT_NPROC, &user) == nil {
		if err := roomForUser(user.Cur, n); err != nil {
			return err
		}
	}
	group, _ := os.ReadFile("/proc/self/cgroup")
	for line := range strings.Lines(string(group)) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			return roomInGroup("/sys/fs/cgroup"+path, n)
		}
	}
	return nil
}

func roomForUser(limit uint64, n int) error {
	if uint64(n+spare) >= limit {
		return fmt.Errorf("costs: %d threads and some of Go's own: this user may have %d processes and threads (ulimit -u): try -threads", n, limit)
	}
	return nil
}

func roomInGroup(dir string, n int) error {
	limit, used := 0, 0
	for name, number := range map[string]*int{"pids.max": &limit, "pids.current": &used} {
		text, _ := os.ReadFile(dir + "/" + name)
		fmt.Sscan(string(text), number) // the word "max" is no number, and no limit
	}
	if limit > 0 && used+n+spare >= limit {
		return fmt.Errorf("costs: %d threads and some of Go's own: the control group may have %d and has %d: try -threads", n, limit, used)
	}
	return nil
}
