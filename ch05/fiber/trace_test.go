//go:build (amd64 || arm64) && (linux || darwin || freebsd || netbsd || windows)

package fiber

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"runtime/trace"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ch05/kit/leaktest"
)

// functions returns the names on the running stack, the innermost first.
func functions() (names []string) {
	pcs := make([]uintptr, 100)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		names = append(names, f.Function[strings.LastIndex(f.Function, "/")+1:])
		if !more {
			return names
		}
	}
}

// A traceback of a fiber ends where the fiber began, and not in Run.
func TestTracebacks(t *testing.T) {
	rt := open(t, Options{})
	check := func() {
		got := strings.Join(functions(), " ")
		if !strings.HasPrefix(got, "fiber.TestTracebacks.func") || !strings.HasSuffix(got, " fiber.start fiber.skip") {
			t.Errorf("Callers: %s", got)
		}
		all := make([]byte, 1<<20)
		for what, text := range map[string]string{
			"debug.Stack": string(debug.Stack()), "runtime.Stack": string(all[:runtime.Stack(all, false)]),
		} {
			if !strings.Contains(text, "TestTracebacks.func") || !strings.Contains(text, "fiber.skip()") || strings.Contains(text, "(*Runtime)") {
				t.Errorf("%s:\n%s", what, text)
			}
		}
		if text := string(all[:runtime.Stack(all, true)]); !strings.Contains(text, "fiber.skip()") {
			t.Errorf("runtime.Stack of all:\n%s", text)
		}
	}
	run(t, rt, func() {
		for range 10 {
			check()
			Yield()
		}
	}, func() {
		for range 10 {
			check()
			Collect()
		}
	})
}

// Another goroutine takes tracebacks, all the time, of whatever runs.
func TestStacksSeenFromElsewhere(t *testing.T) {
	leaktest.Check(t)
	rt := open(t, Options{})
	var seen atomic.Int64
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		all, records := make([]byte, 1<<20), make([]runtime.StackRecord, 100)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if bytes.Contains(all[:runtime.Stack(all, true)], []byte("fiber.skip()")) {
				seen.Add(1)
			}
			runtime.GoroutineProfile(records)
			pprof.Lookup("goroutine").WriteTo(io.Discard, 2)
		}
	}()
	want := int64(fewer(200, 30))
	looked := func() {
		for i := 0; seen.Load() < want; i++ {
			down(i%100, Yield)
		}
	}
	run(t, rt, looked, looked, func() {
		for seen.Load() < want {
			Sleep(10 * time.Microsecond)
		}
	})
	close(stop)
	<-stopped
}

//go:noinline
func spinInFiber(n int) (sum int) {
	for i := range n {
		sum += i ^ sum
	}
	return sum
}

// The profiler takes samples at any instruction, also in the middle of a switch. On Windows a sample ended the program
// if SP was in no goroutine's bounds. The fibers switch for a second, so that some samples fall into a switch.
func TestCPUProfileOfSwitches(t *testing.T) {
	rt := open(t, Options{})
	if err := pprof.StartCPUProfile(io.Discard); err != nil {
		t.Skip(err)
	}
	defer pprof.StopCPUProfile()
	begin := time.Now()
	switches := func() {
		for time.Since(begin) < time.Second {
			for range 1000 {
				Yield()
			}
		}
	}
	run(t, rt, switches, switches)
}

func TestCPUProfile(t *testing.T) {
	rt := open(t, Options{})
	for range 100 {
		var profile bytes.Buffer
		if err := pprof.StartCPUProfile(&profile); err != nil {
			t.Skip(err)
		}
		for range 3 {
			spawn(t, func() {
				for i := range fewer(300_000, 30_000) {
					Yield()
					if i%1000 == 0 {
						spinInFiber(100_000)
					}
				}
			})
		}
		run(t, rt)
		pprof.StopCPUProfile()
		z, err := gzip.NewReader(&profile)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("fiber.spinInFiber")) && bytes.Contains(text, []byte("fiber.skip")) {
			return
		}
		if runtime.GOOS != "linux" || os.Getenv("CHILD_EXEC") != "" {
			t.Skip("no sample: none are promised here")
		}
	}
	t.Error("spinInFiber isn't in the profile")
}

func TestExecutionTrace(t *testing.T) {
	rt := open(t, Options{})
	var b bytes.Buffer
	if err := trace.Start(&b); err != nil {
		t.Skip(err)
	}
	tick := time.NewTicker(time.Microsecond)
	defer tick.Stop()
	for i := range 3 {
		spawn(t, func() {
			for k := range 300 {
				down(10*i, Yield)
				if k%100 == 0 {
					Collect()
				}
				<-tick.C
			}
		})
	}
	run(t, rt)
	trace.Stop()
	if !bytes.Contains(b.Bytes(), []byte("fiber.down")) {
		t.Errorf("fiber.down isn't in the trace of %d bytes", b.Len())
	}
}
