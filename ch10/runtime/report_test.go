package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"ch10/future"
	"ch10/kit/leaktest"
	"ch10/runtime"
)

// A reports keeps what a runtime reports.
type reports struct {
	mu  sync.Mutex
	all []*runtime.PanicError
}

func (r *reports) add(p *runtime.PanicError) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, p)
}

// want fails the test unless there has been one report of each of the values since the last call.
func (r *reports) want(t *testing.T, name string, values ...any) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) != len(values) {
		t.Errorf("%s: %d reports: %v; want %v", name, len(r.all), r.all, values)
	}
	for i := range min(len(r.all), len(values)) {
		wantPanic(t, r.all[i], values[i])
	}
	r.all = nil
}

// TestPanicsThatNobodyIsTold are reported, once; those that somebody is told aren't.
func TestPanicsThatNobodyIsTold(t *testing.T) {
	leaktest.Check(t)
	var r reports
	rt := newRuntime(t, runtime.Options{Workers: 1, Panicked: r.add}) // it depends on who is polled first

	runtime.Spawn(rt, panicAt(2, "forgotten"))
	settle(t, rt)
	r.want(t, "forgotten", "forgotten")

	_, err := runtime.BlockOn[struct{}](t.Context(), rt, panicAt(2, "main"))
	wantPanic(t, err, "main")
	_, err = runtime.BlockOn(t.Context(), rt, runtime.Spawn(rt, panicAt(2, "waited for")))
	wantPanic(t, err, "waited for")
	r.want(t, "somebody is told")

	h := runtime.Spawn(rt, panicAt(2, "told later"))
	settle(t, rt)
	h.Drop()
	r.want(t, "reported, and then dropped", "told later")

	h = runtime.Spawn(rt, panicAt(4, "dropped"))
	w := runtime.Spawn[struct{}](rt, none[struct{}]{h})
	finish(t, rt, future.Async(func(co *future.Co) (none struct{}, _ error) {
		for !runtime.Done(h) {
			future.Wait(co, runtime.Yield())
		}
		w.Cancel() // it has been woken, and not polled yet
		return none, nil
	}))
	settle(t, rt)
	r.want(t, "who was to be told is dropped", "dropped")

	h = runtime.Spawn[struct{}](rt, badDrop{pending()})
	w = runtime.Spawn[struct{}](rt, none[struct{}]{h})
	settle(t, rt)
	w.Cancel() // which drops h, and so cancels its task
	settle(t, rt)
	r.want(t, "dropped by who waits", "drop")

	h = runtime.Spawn(rt, panicAt(20, "asked for once"))
	finish(t, rt, pollFunc[int](func(cx *future.Context) (int, error) { h.Poll(cx); return 0, nil }))
	settle(t, rt)
	r.want(t, "who has asked is done", "asked for once")

	runtime.Spawn[struct{}](rt, badDrop{pending()})
	var g *runtime.JoinHandle[struct{}]
	runtime.Spawn(rt, pollFunc[struct{}](func(cx *future.Context) (struct{}, error) { return g.Poll(cx) })) // goes first
	g = runtime.Spawn[struct{}](rt, badDrop{pending()})
	settle(t, rt)
	shutdown(t, rt)
	r.want(t, "at Shutdown", "drop", "drop")
}

// TestBlockingPanicsUntold: before and after it was dropped.
func TestBlockingPanicsUntold(t *testing.T) {
	leaktest.Check(t)
	var r reports
	rt := newRuntime(t, runtime.Options{Panicked: r.add})
	f := runtime.Blocking(func(ctx context.Context) (int, error) {
		<-ctx.Done()
		return 0, explode("late")
	})
	runtime.BlockOn(t.Context(), rt, runtime.Timeout(0, f))
	waitForBlocking(t, rt)
	r.want(t, "late", "late")
	f = runtime.Blocking(func(ctx context.Context) (int, error) { return 0, explode("early") })
	finish(t, rt, &probe{do: func(poll int, cx *future.Context) error {
		if poll == 1 {
			f.Poll(cx)
			return future.NotReady
		}
		future.Drop(f)
		return nil
	}})
	r.want(t, "early", "early")
}

func waitForBlocking(t *testing.T, rt *runtime.Runtime) {
	t.Helper()
	for i := 0; i < 3000 && runtime.Running(rt) > 0; i++ {
		time.Sleep(time.Millisecond)
	}
}

// TestWhereItIsReported: in the log if there is one, else by Panicked, else on standard error.
func TestWhereItIsReported(t *testing.T) {
	leaktest.Check(t)
	var r reports
	var log bytes.Buffer
	rt := newRuntime(t, runtime.Options{Workers: 1, Log: &log, Panicked: r.add})
	runtime.Spawn(rt, panicAt(1, "boom"))
	settle(t, rt)
	r.want(t, "with a log")
	isReport(t, log.String(), "main: a task")

	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	standard := os.Stderr
	defer func() { os.Stderr = standard }()
	os.Stderr = write
	rt = newRuntime(t, runtime.Options{})
	runtime.Spawn(rt, panicAt(1, "boom"))
	settle(t, rt)
	write.Close()
	text, err := io.ReadAll(read)
	if err != nil {
		t.Error(err)
	}
	isReport(t, string(text), "runtime: a task")
}

func isReport(t *testing.T, text, begin string) {
	t.Helper()
	if strings.Count(text, begin+" that nobody waits for panicked: boom\n") != 1 || !strings.Contains(text, "runtime_test.explode(") {
		t.Errorf("%q has no line that begins with %q, or no stack", text, begin)
	}
}

// TestShutdownGivesUp while a task is polled, which ends well: the runtime is closed all the same.
func TestShutdownGivesUp(t *testing.T) {
	leaktest.Check(t)
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	other := pending()
	h := runtime.Spawn(rt, other)
	settle(t, rt)
	v, err := runtime.BlockOn(t.Context(), rt, pollFunc[int](func(*future.Context) (int, error) {
		if err := rt.Shutdown(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("Shutdown: %v", err)
		}
		return 7, nil
	}))
	if v != 7 || err != runtime.ErrShutdown {
		t.Errorf("BlockOn: %d, %v", v, err)
	}
	other.want(t, "another task", 1, 1)
	if !runtime.Closed(rt) {
		t.Error("the event queue is still open")
	}
	h.Drop()
}

// TestShutdownGivesUpAtTheEnd of a BlockOn, when that looks no more.
func TestShutdownGivesUpAtTheEnd(t *testing.T) {
	leaktest.Check(t)
	rt, err := runtime.New(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	other := pending()
	log := &logger{}
	log.over = func() { rt.Shutdown(ended) }
	runtime.SetLog(rt, log)
	finish(t, rt, result(0, nil))
	if !runtime.Closed(rt) {
		t.Error("the event queue is still open")
	}
	runtime.Spawn[struct{}](rt, other)
	other.want(t, "another task", 0, 1)
}
