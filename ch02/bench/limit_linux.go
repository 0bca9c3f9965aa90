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
	if os.Geteuid() != 0 && unix.Getrlimit(unix.RLIMIT_NPROC, &user) == nil && tooMany(n, 0, user.Cur) {
		return fmt.Errorf("costs: no room for %d threads and some of Go's own, because this user may have %d processes and threads (ulimit -u); try -threads", n, user.Cur)
	}
	groups, _ := os.ReadFile("/proc/self/cgroup")
	_, path, _ := strings.Cut(string(groups), "0::") // the line of version 2
	path, _, _ = strings.Cut(path, "\n")
	return roomInGroup("/sys/fs/cgroup"+path, n)
}

func roomInGroup(dir string, n int) error {
	limit, used := number(dir+"/pids.max"), number(dir+"/pids.current")
	if limit > 0 && tooMany(n, used, limit) {
		return fmt.Errorf("costs: no room for %d threads and some of Go's own, because the control group may have %d and has %d; try -threads", n, limit, used)
	}
	return nil
}

func tooMany(n int, used, limit uint64) bool { return used+uint64(n+spare) >= limit }

// number reads the number in a file. It returns 0 for the word "max", which
// means that there is no limit.
func number(file string) (n uint64) {
	text, _ := os.ReadFile(file)
	fmt.Sscan(string(text), &n)
	return n
}
