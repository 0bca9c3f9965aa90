package runtime_test

import (
	"context"
	"flag"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"ch10/future"
	"ch10/poll"
	"ch10/runtime"
	"ch10/tcp"
)

// A pollFunc is a future that holds nothing.
type pollFunc[T any] func(cx *future.Context) (T, error)

func (f pollFunc[T]) Poll(cx *future.Context) (T, error) { return f(cx) }

// result returns a future that is ready at once.
func result[T any](v T, err error) future.Future[T] {
	return pollFunc[T](func(*future.Context) (T, error) { return v, err })
}

// A probe counts what is done to it. Its first poll has the number 1.
type probe struct {
	do           func(poll int, cx *future.Context) error
	polls, drops int
}

func (p *probe) Poll(cx *future.Context) (struct{}, error) {
	p.polls++
	return struct{}{}, p.do(p.polls, cx)
}

func (p *probe) Drop() { p.drops++ }

func (p *probe) want(t *testing.T, name string, polls, drops int) {
	t.Helper()
	if p.polls != polls || p.drops != drops {
		t.Errorf("%s: %d polls and %d drops; want %d and %d", name, p.polls, p.drops, polls, drops)
	}
}

// ready is ready at poll number n, and wakes itself until then.
func ready(n int, err error) *probe {
	return &probe{do: func(poll int, cx *future.Context) error {
		if poll == n {
			return err
		}
		cx.Waker().Wake()
		return future.NotReady
	}}
}

// pending is never ready, and never woken.
func pending() *probe {
	return &probe{do: func(int, *future.Context) error { return future.NotReady }}
}

// A logger keeps the lines of one runtime. It calls asleep, on the worker's goroutine, when
// there is nothing to poll, and over when there are no more tasks.
type logger struct {
	lines        []string
	asleep, over func()
}

func (l *logger) Write(b []byte) (int, error) {
	line := strings.TrimSuffix(string(b), "\n")
	l.lines = append(l.lines, line)
	if l.asleep != nil && strings.HasSuffix(line, "Sleep until notified.") {
		l.asleep()
	}
	if l.over != nil && line == finished {
		l.over()
	}
	return len(b), nil
}

const (
	onePending = "main: 1 pending tasks. Sleep until notified."
	finished   = "main: All tasks are finished"
)

// newRuntime returns a runtime that is shut down when the test ends, and must be empty then. What it reports is
// in the test's log, unless o says something else.
func newRuntime(t testing.TB, o ...runtime.Options) *runtime.Runtime {
	t.Helper()
	quiet := runtime.Options{Panicked: func(p *runtime.PanicError) { t.Logf("%v\n%s", p, p.Stack) }}
	use := append(o, quiet)[0]
	if use.Workers == 0 {
		use.Workers = *workers
	}
	rt, err := runtime.New(use)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shutdown(t, rt) })
	watch(t, rt)
	return rt
}

var workers = flag.Int("workers", 0, "how many the runtimes have, where a test can have any number; 0: one, and then two")

// TestMain runs the tests with one worker, and again with two; but benchmarks and a fuzz test only once.
func TestMain(m *testing.M) {
	flag.Parse()
	if *workers > 0 {
		os.Exit(m.Run())
	}
	*workers = 1
	code := m.Run()
	if flag.Lookup("test.bench").Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == "" {
		*workers = 2
		code = max(code, m.Run())
	}
	os.Exit(code)
}

// oneWorker is for tests whose tasks share variables, or that tell one worker's doings.
var oneWorker = runtime.Options{Workers: 1}

// watch fails the test if a task of rt waits and none has been polled for long, since a wake has been lost. Then it
// ends what the test waits for.
func watch(t testing.TB, rt *runtime.Runtime) {
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	var look func(polls uint64)
	look = func(polls uint64) {
		s := rt.Stats()
		select {
		case <-over:
			return
		default:
		}
		if s.Tasks == 0 || s.Polls != polls {
			time.AfterFunc(10*time.Second, func() { look(s.Polls) })
			return
		}
		t.Errorf("nothing is polled any more: %+v", s)
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		rt.Shutdown(ended)
	}
	time.AfterFunc(10*time.Second, func() { look(0) })
}

func shutdown(t testing.TB, rt *runtime.Runtime) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second) // an error says more than a test that hangs
	defer cancel()
	if err := rt.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	empty(t, rt)
}

// empty fails the test if rt has a task, or anything that a task has had.
func empty(t testing.TB, rt *runtime.Runtime) {
	t.Helper()
	tasks, timers, sources, running := rt.Stats().Tasks, runtime.Timers(rt), runtime.Sources(rt), runtime.Running(rt)
	if tasks != 0 || timers != 0 || sources != 0 || running != 0 {
		t.Errorf("%d tasks, %d timers, %d sources, and %d functions of Blocking are left", tasks, timers, sources, running)
	}
}

// finish has rt run f, which must not fail.
func finish[T any](t testing.TB, rt *runtime.Runtime, f future.Future[T]) T {
	t.Helper()
	v, err := runtime.BlockOn(context.Background(), rt, f)
	if err != nil {
		t.Errorf("BlockOn: %v", err)
	}
	return v
}

// settle returns when no task of rt is to be polled. It must not have one that always is.
func settle(t testing.TB, rt *runtime.Runtime) {
	t.Helper()
	for {
		before := rt.Stats().Polls
		_, err := runtime.BlockOn(context.Background(), rt, runtime.Sleep(0))
		if err != nil {
			t.Errorf("BlockOn: %v", err) // and it will say that again and again
		}
		if err != nil || rt.Stats().Polls == before+2 && runtime.Idle(rt) {
			return
		}
	}
}

// inside has rt call do in a task.
func inside(t testing.TB, rt *runtime.Runtime, do func(cx *future.Context)) {
	t.Helper()
	finish(t, rt, pollFunc[struct{}](func(cx *future.Context) (struct{}, error) {
		do(cx)
		return struct{}{}, nil
	}))
}

// want fails the test if rt has counted anything else.
func want(t testing.TB, rt *runtime.Runtime, stats runtime.Stats) {
	t.Helper()
	got := rt.Stats()
	if rt.Workers() > 1 { // the others wait, too
		got.Parks = stats.Parks
	}
	if got != stats {
		t.Errorf("%+v, want %+v", got, stats)
	}
}

// panics returns what f panics with.
func panics(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

// A reader is a leaf future of one byte from stream.
type reader struct {
	stream       *tcp.Stream
	io           runtime.IO
	over         bool
	polls, drops int
}

func (r *reader) Poll(cx *future.Context) (byte, error) {
	if r.polls++; r.over {
		panic(future.PolledAfterCompletion)
	}
	if !r.io.Registered() {
		if err := r.io.Register(cx, r.stream, poll.Readable); err != nil {
			return 0, err
		}
	}
	r.io.Wait(cx, poll.Readable)
	b := make([]byte, 1)
	_, err := r.stream.Read(b)
	if err == tcp.ErrWouldBlock {
		return 0, future.NotReady
	}
	r.end()
	return b[0], err
}

func (r *reader) Drop() {
	r.drops++
	r.end()
}

func (r *reader) end() {
	r.over = true
	r.io.Deregister()
}

// pair returns the two ends of a connection.
func pair(t testing.TB) (*tcp.Stream, net.Conn) {
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
	peer, err := l.Accept()
	if err != nil {
		s.Close()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		peer.Close()
	})
	return s, peer
}

func send(t testing.TB, peer net.Conn, s string) {
	t.Helper()
	if _, err := peer.Write([]byte(s)); err != nil {
		t.Error(err)
	}
}

// A signal is a future that is ready when it has been given, from any goroutine.
type signal struct {
	mu    sync.Mutex
	given bool
	cx    *future.Context
}

func (s *signal) Poll(cx *future.Context) (struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.given {
		return struct{}{}, nil
	}
	s.cx = cx
	return struct{}{}, future.NotReady
}

func (s *signal) give() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given = true
	if s.cx != nil {
		s.cx.Waker().Wake()
	}
}
