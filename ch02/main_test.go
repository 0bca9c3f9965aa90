package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ch02/kit/kittest"
	"ch02/thread"
)

var fiveModels = []string{"os-threads", "green-threads", "callbacks", "promises", "coroutines"}

var book = kittest.Program{Chapter: chapter, Headline: headline, Examples: examples}

func command(args ...string) (out, stderr string, status int) { return book.Command(args...) }

func TestMain(m *testing.M) { kittest.Main(m, main) }

func TestTable(t *testing.T) { book.CheckTable(t) }

const bookLines = `So, we start the program here!
The tasks run concurrently!
We can chain callbacks...
...like this!
The long running tasks finish last!
`

// In a synctest bubble time passes only when all goroutines wait, and then it
// jumps to the next deadline: the book's own times, exactly, on any machine.
func TestTheSameProgramInEveryModel(t *testing.T) {
	for _, name := range fiveModels {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			out, stderr, status := command(name)
			if status != 0 || stderr != "" {
				t.Errorf("%s: status %d, %q", name, status, stderr)
			}
			lines, rows, _ := strings.Cut(out, "\n\n")
			if lines+"\n" != bookLines {
				t.Errorf("%s: want the book's lines in the book's order, got:\n%s", name, out)
			}
			// One after the other they would take 350 ms.
			if took := time.Since(start); took != 200*time.Millisecond {
				t.Errorf("%s: took %v, want 200ms", name, took)
			}
			checkRows(t, name, strings.Split(rows, "\n"))
		})
	}
}

func checkRows(t *testing.T, name string, rows []string) {
	if len(rows) != 5 || !strings.HasPrefix(rows[0], "long task ") ||
		!strings.HasPrefix(rows[1], "short task ") || !strings.HasPrefix(rows[2], "chained task ") {
		t.Fatalf("%s: rows: %q", name, rows)
	}
	long, short, chained := rows[0], rows[1], rows[2]
	if strings.IndexByte(long, '|') != strings.IndexByte(short, '|') {
		t.Errorf("%s: the long and the short task don't start together:\n%s\n%s", name, long, short)
	}
	if strings.IndexByte(short, '#') != strings.IndexByte(chained, '|') {
		t.Errorf("%s: the chained task doesn't start where the short one ends:\n%s\n%s", name, short, chained)
	}
	if strings.IndexByte(chained, '#') >= strings.IndexByte(long, '#') || !strings.HasSuffix(rows[3], " 200ms") {
		t.Errorf("%s: the long task doesn't end last, after 200ms:\n%s", name, strings.Join(rows, "\n"))
	}
}

// At this speed the deadlines lie 50 ns apart, so real threads wake in any
// order.
func TestTheOrderHoldsAtAnySpeed(t *testing.T) {
	for _, name := range fiveModels {
		for range 20 {
			out, _, status := command(name, "-speed", "1e6")
			if status != 0 || !strings.HasPrefix(out, bookLines+"\n") {
				t.Fatalf("%s: status %d:\n%s", name, status, out)
			}
		}
	}
}

// threadIDs runs an example with -v and returns the id behind each line.
func threadIDs(t *testing.T, name string) (ids []string) {
	t.Helper()
	out, _, status := command(name, "-v", "-speed", "1000")
	if status != 0 {
		t.Fatalf("%s -v: status %d", name, status)
	}
	for line := range strings.Lines(bookLines) {
		kittest.InOrder(t, out, strings.TrimSpace(line)+" ", " thread ")
	}
	if _, ok := thread.ID(); !ok {
		t.Skip("this system doesn't tell")
	}
	for _, m := range regexp.MustCompile(`  thread (\d+)\n`).FindAllStringSubmatch(out, -1) {
		ids = append(ids, m[1])
	}
	if len(ids) != 5 {
		t.Fatalf("%s -v: %d thread ids, want 5:\n%s", name, len(ids), out)
	}
	return ids
}

func TestEachTaskHasItsOwnThread(t *testing.T) {
	ids := threadIDs(t, "os-threads")
	if ids[0] != ids[1] {
		t.Errorf("main is on two threads: %v", ids)
	}
	seen := map[string]bool{}
	for _, id := range ids[1:] { // main and the three tasks, all alive at once
		if seen[id] {
			t.Errorf("two tasks on thread %s: %v", id, ids)
		}
		seen[id] = true
	}
}

func TestGreenThreadsTellTheirThread(t *testing.T) { threadIDs(t, "green-threads") }

// The example's goroutine is locked to its thread, so nothing that Go
// schedules can run there. Only the loop calls or resumes code on it.
func TestTheLoopHasOneThread(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own, _ := thread.ID()
	for _, name := range []string{"callbacks", "promises", "coroutines"} {
		for _, id := range threadIDs(t, name) {
			if id != fmt.Sprint(own) {
				t.Errorf("%s: a line from thread %s, the caller's is %d", name, id, own)
			}
		}
	}
}

// eventually is for what ends a little after its last sign of life.
func eventually(t *testing.T, what string, limit int, count func() int) {
	t.Helper()
	n := count()
	for deadline := time.Now().Add(10 * time.Second); n > limit && time.Now().Before(deadline); n = count() {
		time.Sleep(time.Millisecond)
	}
	if n > limit {
		t.Errorf("%d %s, want at most %d", n, what, limit)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, name := range fiveModels {
		command(name, "-speed", "1e6")
	}
	costs := []string{"costs", "-n", "1000", "-threads", "400"}
	command(costs...)
	eventually(t, "goroutines", before, runtime.NumGoroutine)
	if runtime.GOOS != "linux" {
		return
	}
	// Go keeps some threads for itself; of the 400 none may stay.
	eventually(t, "threads", 100+runtime.NumCPU(), func() int {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Fatal(err)
		}
		return len(tasks)
	})
}
