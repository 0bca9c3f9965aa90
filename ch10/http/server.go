package http

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"ch10/future"
	"ch10/runtime"
	"ch10/tcp"
)

// A Handler begins to answer a request. It doesn't wait for anything: what it returns does. An
// error or a panic of either is logged, and the client gets the status 500. If the runtime has several workers, each
// of them calls it, for connections of its own.
//
// The future is dropped when the client has reset its connection. One that has only said that it
// will send no more gets its response.
type Handler func(*Request) future.Future[Response]

// A Server serves HTTP/1.1 and 1.0: persistent connections, pipelining, and bodies in chunks. It is strict about
// what it is sent, and has a limit for everything that a client can make it keep, or wait for. A limit
// that is 0 has its default.
type Server struct {
	Handler Handler
	Log     io.Writer // what went wrong here; nil: nowhere. What a client does wrong it is told. See [NewLog]

	MaxConns    int // at the same time; others wait to be accepted. 10,000
	MaxHeader   int // bytes of a request's header: 16 KiB
	MaxBody     int // bytes of a request's body, below 1 GiB: 1 MiB
	MaxBuffered int // bytes of all requests, beyond 4 KiB of each: 64 MiB

	IdleTime   time.Duration // between requests: 75 s, since some proxies keep connections for 60
	HeaderTime time.Duration // from a header's first byte to its last: 10 s
	BodyTime   time.Duration // while nothing comes of a body: 10 s
	AnswerTime time.Duration // for answers once the client has said that it sends no more; it may be gone: 1 h
	WriteTime  time.Duration // while the client takes nothing of a response: 30 s
	LingerTime time.Duration // from the end of the last response to the client's end: 2 s
	Grace      time.Duration // for requests that are under way when the server stops: 5 s
}

const (
	acceptPause  = 50 * time.Millisecond // when the system has no more descriptors
	lingerBytes  = 256 << 10             // that are read behind the last response
	maxPipelined = 64 << 10              // bytes of requests that are read while one is answered
	maxUnwritten = 16 << 10              // bytes of responses that are joined for one write
)

// Serve returns a future that accepts connections from l and serves each in a task of its own,
// until stop is done; a nil stop never is. The workers of the runtime get the connections in turn. Then it closes l and the connections that are idle,
// lets the requests that are under way finish, though not for longer than Grace, and is done when
// there are no more connections. The error is stop's, or tcp.ErrClosed if somebody else has
// closed l.
//
// Drop closes l and every connection at once.
func (s *Server) Serve(l *tcp.Listener, stop future.Future[struct{}]) future.Future[struct{}] {
	v := &serving{Server: *s, l: l, stop: stop, conns: map[*conn]struct{}{}}
	limit(&v.MaxConns, 10_000)
	limit(&v.MaxHeader, 16<<10)
	limit(&v.MaxBody, 1<<20)
	limit(&v.MaxBuffered, 64<<20)
	limit(&v.IdleTime, 75*time.Second)
	limit(&v.HeaderTime, 10*time.Second)
	limit(&v.BodyTime, 10*time.Second)
	limit(&v.AnswerTime, time.Hour)
	limit(&v.WriteTime, 30*time.Second)
	limit(&v.LingerTime, 2*time.Second)
	limit(&v.Grace, 5*time.Second)
	if v.Handler == nil || v.MaxBody >= 1<<30 {
		panic("http: a Server without a Handler, or with a MaxBody of 1 GiB or more")
	}
	return v
}

func limit[T int | time.Duration](v *T, otherwise T) {
	if *v = cmp.Or(*v, otherwise); *v < 0 {
		panic(fmt.Sprintf("http: a limit of a Server is %v", *v))
	}
}

// A serving is the task that accepts connections. Each of them is a task of its own, and belongs to one worker.
type serving struct {
	Server
	l     *tcp.Listener
	stop  future.Future[struct{}] // nil when it is done
	timer runtime.Timer           // a pause; or when it is stopping, the grace
	next  int                     // the worker that gets the next connection
	done  bool
	err   error

	// Of all workers.
	stopping atomic.Bool
	buffered atomic.Int64 // bytes of requests, beyond the first 4 KiB of each
	mu       sync.Mutex
	cx       *future.Context // of the last poll
	conns    map[*conn]struct{}
	dates    []date // one for each worker
}

func (s *serving) Poll(cx *future.Context) (none struct{}, err error) {
	if s.done {
		panic(future.PolledAfterCompletion)
	}
	s.mu.Lock()
	s.cx = cx
	s.mu.Unlock()
	if s.stop != nil {
		if _, err := s.stop.Poll(cx); err != future.NotReady {
			s.stop = nil
			s.beginStop(err)
		}
	}
	if !s.stopping.Load() && (!s.timer.IsSet() || s.timer.Expired(cx)) {
		s.accept(cx)
	}
	if !s.stopping.Load() || s.open() > 0 && !s.timer.Expired(cx) {
		return none, future.NotReady
	}
	s.close()
	if s.open() > 0 { // other workers close them
		return none, future.NotReady
	}
	s.done = true
	return none, s.err
}

// open returns how many connections there are.
func (s *serving) open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

func (s *serving) accept(cx *future.Context) {
	s.timer.Stop()
	for s.open() < s.MaxConns { // the end of a connection wakes it
		c, err := s.l.PollAccept(cx)
		switch {
		case err == nil:
			s.start(cx, c)
		case err == future.NotReady:
			return
		case errors.Is(err, tcp.ErrClosed):
			s.beginStop(err)
			return
		default:
			s.logf("%v", err)
			s.timer.Set(cx, acceptPause)
			return
		}
	}
}

// start gives a connection to the next worker.
func (s *serving) start(cx *future.Context, c *tcp.Conn) {
	rt := runtime.From(cx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dates == nil {
		s.dates = make([]date, rt.Workers())
	}
	k := &conn{s: s, c: c, date: &s.dates[s.next]}
	s.conns[k] = struct{}{}
	k.loop = k.serve()
	k.task = runtime.SpawnOn(rt, s.next, k)
	s.next = (s.next + 1) % rt.Workers()
}

// begun is called at a connection's first poll.
func (s *serving) begun(c *conn, cx *future.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.cx = cx
}

// beginStop accepts no more, and wakes the connections. Those that haven't begun will look at stopping, too.
func (s *serving) beginStop(err error) {
	s.stopping.Store(true)
	s.err = err
	s.l.Close()
	s.timer.Set(s.cx, s.Grace)
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if c.cx != nil {
			c.cx.Waker().Wake()
		}
	}
}

// ended is called when a connection is closed, by its worker.
func (s *serving) ended(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if n := len(s.conns); n == s.MaxConns-1 || n == 0 && s.stopping.Load() {
		s.cx.Waker().Wake()
	}
}

// Drop closes the listener and all connections. Those of other workers are closed by them, at their next turn.
func (s *serving) Drop() {
	s.done = true
	s.close()
}

func (s *serving) close() {
	s.timer.Stop()
	s.l.Close()
	stop := s.stop
	s.stop = nil
	defer s.closeAll() // also if stop's Drop panics
	future.Drop(stop)
}

func (s *serving) closeAll() {
	mine := s.cancelAll()
	defer func() {
		if len(mine) > 0 { // an answer's Drop has panicked: the others are closed all the same
			s.closeAll()
		}
	}()
	for len(mine) > 0 {
		c := mine[0]
		mine = mine[1:]
		c.Drop()
	}
}

// cancelAll cancels all connections, and returns those that this worker may drop.
func (s *serving) cancelAll() (mine []*conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.task.Cancel()
		if c.cx != nil && runtime.From(c.cx) == runtime.From(s.cx) {
			mine = append(mine, c)
		}
	}
	return mine
}

func (s *serving) logf(format string, a ...any) {
	if s.Log != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		fmt.Fprintf(s.Log, "http: "+format+"\n", a...)
	}
}
