package runtime_test

import (
	"net"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"

	"ch09/future"
	"ch09/poll"
	"ch09/runtime"
	"ch09/tcp"
)

// A probe counts what is done to it. Its first poll has the number 1.
type probe struct {
	do           func(poll int, w future.Waker) error
	polls, drops int
}

func (p *probe) Poll(w future.Waker) (struct{}, error) {
	p.polls++
	return struct{}{}, p.do(p.polls, w)
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
	return &probe{do: func(poll int, w future.Waker) error {
		if poll == n {
			return err
		}
		w.Wake()
		return future.NotReady
	}}
}

// pending is never ready, and never woken.
func pending() *probe {
	return &probe{do: func(int, future.Waker) error { return future.NotReady }}
}

// A logger keeps the lines of one executor. It calls asleep, on the executor's thread, when
// there is nothing to poll.
type logger struct {
	lines  []string
	asleep func()
}

func (l *logger) Write(b []byte) (int, error) {
	line := strings.TrimSuffix(string(b), "\n")
	l.lines = append(l.lines, line)
	if l.asleep != nil && strings.HasSuffix(line, "Sleep until notified.") {
		l.asleep()
	}
	return len(b), nil
}

const (
	onePending = "main: 1 pending tasks. Sleep until notified."
	finished   = "main: All tasks are finished"
)

func newExecutor(t *testing.T) *runtime.Executor {
	t.Helper()
	ex, err := runtime.Init()
	if err != nil {
		t.Fatal(err)
	}
	return ex
}

// finish runs ex, which must not fail, with f as its main task.
func finish(t *testing.T, ex *runtime.Executor, f future.Future[struct{}]) {
	t.Helper()
	if err := ex.BlockOn(f); err != nil {
		t.Error(err)
	}
}

// panics returns what f panics with.
func panics(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

// noReactor fails the test if a reactor is running.
func noReactor(t *testing.T) {
	t.Helper()
	const want = "runtime: a future was polled outside of a runtime: Init comes first"
	if p := panics(func() { runtime.Reactor() }); p != want {
		t.Errorf("Reactor: panic %v, want %q", p, want)
	}
}

// locked reports whether the calling goroutine has a thread to itself.
func locked() bool {
	header := make([]byte, 100)
	first, _, _ := strings.Cut(string(header[:goruntime.Stack(header, false)]), "\n")
	return strings.Contains(first, "locked to thread")
}

// A reader is a leaf future of one byte from stream.
type reader struct {
	stream       *tcp.Stream
	reactor      *runtime.EventLoop // nil before the first poll
	id           poll.Token
	done         bool
	polls, drops int
	err          error // of Deregister
}

func (r *reader) Poll(w future.Waker) (byte, error) {
	r.polls++
	b := make([]byte, 1)
	err := r.begin(w)
	if err == nil {
		_, err = r.stream.Read(b)
	}
	if err == tcp.ErrWouldBlock {
		return 0, future.NotReady
	}
	r.forget()
	return b[0], err
}

func (r *reader) begin(w future.Waker) error {
	if r.reactor != nil {
		return r.reactor.SetWaker(w, r.id)
	}
	r.reactor = runtime.Reactor()
	r.id = r.reactor.NextID()
	if err := r.reactor.SetWaker(w, r.id); err != nil {
		return err
	}
	return r.reactor.Register(r.stream, poll.Readable, r.id)
}

func (r *reader) forget() {
	if !r.done && r.reactor != nil {
		r.err = r.reactor.Deregister(r.stream, r.id)
	}
	r.done = true
}

func (r *reader) Drop() {
	r.drops++
	r.forget()
}

// pair returns the two ends of a connection.
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

func send(t *testing.T, peer net.Conn, s string) {
	t.Helper()
	if _, err := peer.Write([]byte(s)); err != nil {
		t.Error(err)
	}
}

// A signal is a future that is ready when it has been given, from any goroutine.
type signal struct {
	mu    sync.Mutex
	given bool
	waker future.Waker
}

func (s *signal) Poll(w future.Waker) (struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.given {
		return struct{}{}, nil
	}
	s.waker = w
	return struct{}{}, future.NotReady
}

func (s *signal) give() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given = true
	if s.waker != nil {
		s.waker.Wake()
	}
}
