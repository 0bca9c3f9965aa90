//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ch05/kit/leaktest"
	"ch05/poll"
	"ch05/tcp"
)

// pair returns a stream, and the other end of its connection.
func pair(t *testing.T) (*tcp.Stream, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := tcp.Dial(l.Addr().(*net.TCPAddr).AddrPort())
	if err != nil {
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(); c.Close() })
	return s, c
}

// readAll reads to the end, and waits in between. It must be called in a fiber.
func readAll(s *tcp.Stream) (string, error) {
	var text []byte
	buf := make([]byte, 7)
	for {
		n, err := s.Read(buf)
		text = append(text, buf[:n]...)
		switch {
		case err == io.EOF:
			return string(text), nil
		case err == tcp.ErrWouldBlock:
			if err := Wait(s, poll.Readable); err != nil {
				return string(text), err
			}
		case err != nil:
			return string(text), err
		}
	}
}

func nothingLeft(t *testing.T, rt *Runtime) {
	t.Helper()
	if w, s, r := len(rt.waiting), len(rt.sleeping), len(rt.ready); w+s+r > 0 {
		t.Errorf("%d waiting, %d sleeping and %d ready at the end", w, s, r)
	}
}

// Other fibers make the peer's writes. Each reader gets its own text, whole, however
// the system cuts it.
func TestWait(t *testing.T) {
	leaktest.Check(t)
	rt := open(t, Options{})
	const n = 20
	texts := make([]string, n)
	for i := range n {
		s, c := pair(t)
		spawn(t, func() {
			if err := Wait(s, poll.Writable); err != nil {
				t.Error(err)
			}
			var err error
			if texts[i], err = readAll(s); err != nil {
				t.Error(err)
			}
		}, func() {
			for k := range 5 {
				fmt.Fprintf(c, "%d: part %d\n", i, k)
				Sleep(time.Duration(n-i) * 50 * time.Microsecond)
			}
			c.Close()
		})
	}
	run(t, rt)
	for i, text := range texts {
		if want := fmt.Sprintf("%d: part 0\n%[1]d: part 1\n%[1]d: part 2\n%[1]d: part 3\n%[1]d: part 4\n", i); text != want {
			t.Errorf("%d: got %q", i, text)
		}
	}
	nothingLeft(t, rt)
}

func TestWaitLimit(t *testing.T) {
	leaktest.Check(t)
	rt := open(t, Options{WaitLimit: 20 * time.Millisecond})
	silent, c := pair(t)
	var errs []error
	others := 0
	run(t, rt, func() {
		for range 2 { // the first leaves nothing registered
			errs = append(errs, Wait(silent, poll.Readable))
		}
		rt.waitLimit = time.Minute // the system may take a while to bring the byte
		fmt.Fprint(c, "x")
		errs = append(errs, Wait(silent, poll.Readable))
	}, func() {
		for len(errs) < 3 {
			others++
			Yield() // time passes although a fiber is always ready
		}
	})
	if len(errs) != 3 || !errors.Is(errs[0], os.ErrDeadlineExceeded) || !errors.Is(errs[1], os.ErrDeadlineExceeded) {
		t.Fatalf("silent: %v", errs)
	}
	if errs[2] != nil || others == 0 {
		t.Errorf("readable: %v; the other fiber had %d turns", errs[2], others)
	}
	nothingLeft(t, rt)
}

func TestWaitFails(t *testing.T) {
	leaktest.Check(t)
	rt := open(t, Options{})
	s, _ := pair(t)
	other, _ := pair(t)
	other.Close()
	run(t, rt, func() {
		wantError(t, "a closed stream", Wait(other, poll.Readable), "register")
		wantError(t, "no interest", Wait(s, 0), "interest")
		if err := Wait(s, poll.Writable); err != nil {
			t.Error(err)
		}
	})
	nothingLeft(t, rt)
}

// While no fiber is ready, Run is in Poll, and begins a round only when an event or a time comes.
func TestRunSleepsInPoll(t *testing.T) {
	leaktest.Check(t)
	rt := open(t, Options{})
	s, c := pair(t)
	stack := make([]byte, 1<<20)
	const bytesSent = 5
	waits := 0
	var got atomic.Int64
	spawn(t, func() {
		buf := make([]byte, 1)
		for got.Load() < bytesSent {
			n, err := s.Read(buf)
			if got.Add(int64(n)); err == tcp.ErrWouldBlock {
				waits++
				err = Wait(s, poll.Readable)
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	}, func() { Sleep(100 * time.Millisecond) })
	done := make(chan bool)
	go func() {
		defer close(done)
		for i := range bytesSent {
			for inPoll := false; !inPoll; {
				time.Sleep(time.Millisecond)
				if got.Load() < int64(i) {
					continue
				}
				for g := range bytes.SplitSeq(stack[:runtime.Stack(stack, true)], []byte("\n\n")) {
					inPoll = inPoll || bytes.Contains(g, []byte("(*Runtime).Run")) && bytes.Contains(g, []byte("(*Poll).Poll"))
				}
			}
			fmt.Fprint(c, "x")
		}
	}()
	run(t, rt)
	<-done
	// One turn for each fiber to begin, and one for each time that it waited.
	if rt.turns != 2+waits+1 || waits < bytesSent || waits > 2*bytesSent {
		t.Errorf("%d turns and %d waits for %d bytes", rt.turns, waits, bytesSent)
	}
}

func TestSleepOrder(t *testing.T) {
	leaktest.Check(t)
	rt := open(t, Options{})
	var woke []time.Time
	for i := range 50 {
		spawn(t, func() {
			Sleep(time.Duration(i*37%50) * time.Millisecond / 2)
			if i*37%50 == 0 {
				return // no sleep, but a turn
			}
			due := rt.current.due
			if time.Now().Before(due) {
				t.Errorf("woke before it was due")
			}
			woke = append(woke, due)
		})
	}
	begin := time.Now()
	run(t, rt)
	if len(woke) != 49 || !slices.IsSortedFunc(woke, time.Time.Compare) {
		t.Errorf("%d sleepers woke in another order than they were due:\n%v", len(woke), woke)
	}
	if took := time.Since(begin); took < 24*time.Millisecond {
		t.Errorf("all have slept after %v", took)
	}

	turns := rt.turns
	run(t, rt, func() {
		Sleep(-1)
		Sleep(0)
	})
	if rt.turns != turns+3 {
		t.Errorf("%d turns for two sleeps of no length, want 3", rt.turns-turns)
	}
}

// Sleepers and waiters get their turns although other fibers are always ready.
func TestNobodyStarves(t *testing.T) {
	rt := open(t, Options{})
	s, c := pair(t)
	var log []string
	run(t, rt, func() {
		for len(log) < 2 {
			Yield()
		}
	}, func() {
		Sleep(time.Millisecond)
		log = append(log, "slept")
	}, func() {
		if err := Wait(s, poll.Readable); err != nil {
			t.Error(err)
		}
		log = append(log, "read")
	}, func() { fmt.Fprint(c, "x") })
	slices.Sort(log)
	if got := strings.Join(log, " "); got != "read slept" {
		t.Error(got)
	}
}

func init() {
	children["asleep"] = func() {
		rt, err := New(Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			fmt.Println(err)
			return
		}
		s, err := tcp.Dial(l.Addr().(*net.TCPAddr).AddrPort())
		if err != nil {
			fmt.Println(err)
			return
		}
		c, err := l.Accept()
		if err != nil {
			fmt.Println(err)
			return
		}
		Spawn(func() { fmt.Println(readAll(s)) })
		Spawn(func() {
			Sleep(asleep)
			fmt.Fprint(c, "good morning")
			c.Close()
		})
		fmt.Println(rt.Run())
	}
}

const asleep = 500 * time.Millisecond

// A Run that went round and round meanwhile would use up that much of the CPU.
func TestSleepTakesNoCPU(t *testing.T) {
	if slow {
		t.Skip("where it takes long to begin, this says nothing")
	}
	out, used, status := childCPU(t, "asleep")
	if status != 0 || out != "good morning <nil>\n<nil>\n" || used > asleep/2 {
		t.Errorf("status %d, %v of CPU time for %v of sleep:\n%s", status, used, asleep, out)
	}
}
