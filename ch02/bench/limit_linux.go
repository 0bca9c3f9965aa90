package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// spare is for the threads that Go's runtime has besides: one for each CPU, and
// some more.
var spare = 16 + runtime.NumCPU()

// roomForThreads says why n threads more can't be had. It asks first because
// Go's runtime ends the whole process when clone(2) fails. Two limits can make
// it fail: the user's (RLIMIT_NPROC, getrlimit(2); root has none) and the
// control group's (pids.max). What else the user runs isn't counted.
func roomForThreads(n int) error {
	var user unix.Rlimit
	if os.Geteuid() != 0 && unix.Getrlimit(unix.RLIMIT_NPROC, &user) == nil {
		if err := roomForUser(user.Cur, n); err != nil {
			return err
		}
	}
	group, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
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
	limit, limited := readNumber(dir + "/pids.max") // the word "max" is no number, and no limit
	used, _ := readNumber(dir + "/pids.current")
	if limited && used+n+spare >= limit {
		return fmt.Errorf("costs: %d threads and some of Go's own: the control group may have %d and has %d: try -threads", n, limit, used)
	}
	return nil
}

func readNumber(file string) (n int, ok bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err = strconv.Atoi(strings.TrimSpace(string(text)))
	return n, err == nil
}
