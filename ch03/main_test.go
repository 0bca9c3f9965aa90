package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"ch03/kit/kittest"
)

var program = kittest.Program{Chapter: chapter, Headline: headline, Examples: examples}

func command(args ...string) (out, stderr string, status int) { return program.Command(args...) }

func TestMain(m *testing.M) { kittest.Main(m, main) }

func TestTable(t *testing.T) { program.CheckTable(t) }

// The first two examples write to the process's own standard output.
func TestAllInAProcessOfItsOwn(t *testing.T) {
	argv := append(strings.Fields(os.Getenv("CHILD_EXEC")), os.Args[0], "all", "-speed", "100")
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "CHAPTER_MAIN=1") // see kittest.Main
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%v, stderr %q, stdout:\n%s", err, stderr.String(), out)
	}
	raw := "Hello world from raw syscall!"
	if !hasRawSyscall() {
		raw = "raw-syscall: skipped: "
	}
	kittest.InOrder(t, string(out), "=== a", raw, "=== b", "Hello world from syscall!", "=== c", "Hello world from print!",
		"=== d", "message", "=== e", "message", "=== f", "message", "=== g", "completion")
}

func hasRawSyscall() bool {
	return (runtime.GOOS == "linux" || runtime.GOOS == "darwin") && (runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64")
}

// written runs one example with -fd set to a pipe, and returns what came out of it.
func written(t *testing.T, example string) (out, stderr string, status int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, stderr, status = command(example, "-fd", fmt.Sprint(w.Fd()))
	w.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), stderr, status
}

func TestRawSyscall(t *testing.T) {
	out, stderr, status := written(t, "raw-syscall")
	if !hasRawSyscall() {
		if out != "" || status != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "unsupported") {
			t.Fatalf("status %d, %q, stderr %q; want status 1 and one line that says why", status, out, stderr)
		}
		return
	}
	if out != "Hello world from raw syscall!\n" || status != 0 || stderr != "" {
		t.Errorf("status %d, %q, stderr %q", status, out, stderr)
	}
}

func TestSyscall(t *testing.T) {
	out, stderr, status := written(t, "syscall")
	if out != "Hello world from syscall!\n" || status != 0 || stderr != "" {
		t.Errorf("status %d, %q, stderr %q", status, out, stderr)
	}
}

func TestPrint(t *testing.T) {
	out, stderr, status := command("print")
	if out != "Hello world from print!\n" || status != 0 || stderr != "" {
		t.Errorf("status %d, %q, stderr %q", status, out, stderr)
	}
}

// result is what one of the four ways printed.
type result struct {
	out                      string
	threads, syscalls, again int
}

// runGated runs one way with a server that sends a message only after the one
// before was received, so the order doesn't depend on the clock.
func runGated(t *testing.T, way string) result {
	t.Helper()
	gate = make(chan time.Time, len(messages))
	defer func() { gate = nil }()
	out, stderr, status := command(way, "-speed", "1000")
	if way == "completion" && status == 1 && strings.Contains(stderr, "unsupported operation") {
		if out != "" || strings.Count(stderr, "\n") != 1 {
			t.Errorf("want one line alone, got %q and %q", out, stderr)
		}
		t.Skip(stderr)
	}
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, stderr %q\n%s", status, stderr, out)
	}
	line := regexp.MustCompile(`(?m)^` + way + ` +(\d+) +(\d+) +(\d+) +(\S+) +(\S+)$`).FindStringSubmatch(out)
	if line == nil {
		t.Fatalf("no line for %s in the table:\n%s", way, out)
	}
	for _, s := range line[4:] {
		if d, err := time.ParseDuration(s); err != nil || d < 0 {
			t.Errorf("%q: want a time", s)
		}
	}
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	return result{out, number(line[1]), number(line[2]), number(line[3])}
}

// calls returns how often the example says that it made the call.
func (r result) calls(name string) int {
	m := regexp.MustCompile(`(?m)^system calls: .*?(\d+) (?:` + name + `)\b`).FindStringSubmatch(r.out)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

func TestMessagesArriveInOrderOfTheirDelays(t *testing.T) {
	for _, way := range []string{"blocking", "nonblocking", "readiness", "completion"} {
		t.Run(way, func(t *testing.T) {
			r := runGated(t, way)
			kittest.InOrder(t, r.out, "message 3\n", "message 2\n", "message 1\n", "system calls: ", "CPU time", "\n"+way)
			// Beside a slow message, a fast one is over in its first column.
			if !regexp.MustCompile(`\n\nmessage 1  \|-*#\nmessage 2  \|?-*#\nmessage 3  \|?-*#\n +0s`).MatchString(r.out) {
				t.Errorf("no row for each message:\n%s", r.out)
			}
			sum := 0
			_, calls, _ := strings.Cut(r.out, "system calls: ")
			calls, _, _ = strings.Cut(calls, "\n")
			for _, c := range strings.Split(calls, ", ") {
				n, _, _ := strings.Cut(c, " ")
				k, err := strconv.Atoi(n)
				if err != nil {
					t.Error(err)
				}
				sum += k
			}
			if sum != r.syscalls {
				t.Errorf("%q add up to %d, the table says %d", calls, sum, r.syscalls)
			}
		})
	}
}

const read = "read|WSARecv" // the latter on Windows

func TestBlockingTakesAThreadForEach(t *testing.T) {
	r := runGated(t, "blocking")
	if r.threads != 3 || r.again != 0 {
		t.Errorf("%d threads, %d EAGAIN; want 3 and none", r.threads, r.again)
	}
	if n := r.calls(read); n != 6 { // the text and the end, three times
		t.Errorf("%d reads, want 6:\n%s", n, r.out)
	}
}

// The thread asks for message 1 before it knows that message 3 comes first.
func TestNonblockingIsToldEAGAIN(t *testing.T) {
	r := runGated(t, "nonblocking")
	if r.threads != 1 || r.again < 2 {
		t.Errorf("%d threads, %d EAGAIN; want 1 and some", r.threads, r.again)
	}
	if n := r.calls(read); n != r.again+6 {
		t.Errorf("%d reads, want 6 and one for each EAGAIN (%d)", n, r.again)
	}
}

func TestReadinessReadsOnlyWhatIsReady(t *testing.T) {
	r := runGated(t, "readiness")
	// The end may come a moment later than the text, with one EAGAIN in
	// between.
	if r.threads != 1 || r.again > 3 {
		t.Errorf("%d threads, %d EAGAIN; want 1 and at most 3", r.threads, r.again)
	}
	if n := r.calls(read); n != r.again+6 {
		t.Errorf("%d reads, want 6 and one for each EAGAIN (%d)", n, r.again)
	}
	wait := r.calls("epoll_wait|kevent|GetQueuedCompletionStatus")
	if wait < 3 {
		t.Errorf("%d waits for three messages that come one after the other:\n%s", wait, r.out)
	}
}

func TestCompletionNeverReads(t *testing.T) {
	r := runGated(t, "completion")
	if r.threads != 1 || r.again != 0 || r.calls(read) != 0 {
		t.Errorf("%d threads, %d EAGAIN, %d reads; want 1 and none", r.threads, r.again, r.calls(read))
	}
	if n := r.calls("io_uring_enter"); n < 4 {
		t.Errorf("%d times io_uring_enter:\n%s", n, r.out)
	}
}
