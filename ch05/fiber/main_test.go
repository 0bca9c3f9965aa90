package fiber

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// children are run instead of the tests when this test binary is started with
// FIBER_CHILD=name. They end their process, or need one of their own.
var children = map[string]func(){}

func TestMain(m *testing.M) {
	if name := os.Getenv("FIBER_CHILD"); name != "" {
		children[name]()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child runs children[name] in a process of its own, and returns all that it
// wrote and its status.
func child(t *testing.T, name string, env ...string) (out string, status int) {
	t.Helper()
	out, _, status = childCPU(t, name, env...)
	return out, status
}

// childCPU returns the CPU time as well. $CHILD_EXEC is the emulator that runs a
// program of this kind, if it needs one.
func childCPU(t *testing.T, name string, env ...string) (out string, used time.Duration, status int) {
	t.Helper()
	argv := append(strings.Fields(os.Getenv("CHILD_EXEC")), os.Args[0])
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(append(os.Environ(), "FIBER_CHILD="+name), env...)
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Errorf("%s: %v", name, err) // not Fatal, because this may be any goroutine
		return "", 0, -1
	}
	p := cmd.ProcessState
	return b.String(), p.UserTime() + p.SystemTime(), p.ExitCode()
}

// slow is set where everything takes several times as long, which is under the race
// detector, under qemu, and under wine.
var slow = raceDetector || os.Getenv("CHILD_EXEC") != "" || runtime.GOOS == "windows"

var long = flag.Bool("long", false, "do all as often as it takes to find what is rare: makes half a minute of it")

// fewer returns n in the long form of the tests. In the short form, and where slow is
// set, it returns a smaller number.
func fewer(n, short int) int {
	if *long && !slow {
		return n
	}
	return short
}

// resident returns the lines in which Linux reports this process's memory.
func resident() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "no /proc/self/status"
	}
	var lines []string
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmRSS") || strings.HasPrefix(line, "VmHWM") {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
	}
	return strings.Join(lines, ", ")
}
