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

// A Handler begins to answer a request, and returns a future of the response. It must not wait for anything itself,
// because a worker calls it. Several workers may call it at the same time, each for connections of its own. If the handler
// or the future panics, or the future fails, the server logs that, and the client gets the status 500.
//
// The server drops the future if it closes the connection before, for example because the client has reset it. A
// client that has only closed its side gets its response.
type Handler func(*Request) future.Future[Response]

// A Server serves HTTP/1.1 and 1.0, with persistent connections, pipelining, and bodies in chunks. If a request breaks
// the rules of RFC 9112, is too large or takes too long to arrive, the client gets a status from 400 to 505 with a line
// that says why, and the server closes the connection.
//
// There is a limit for all that a client can make the server keep or wait for. A limit that is 0 has the default with
// which its comment begins. A negative one is a mistake, and Serve panics.
type Server struct {
	Handler Handler // required

	// Log gets what goes wrong in the server and its handlers, and nothing of what clients do wrong. If it is nil,
	// there is no log. A write must not block the worker: see [NewLog].
	Log io.Writer

	MaxConns    int // 10,000: connections at the same time, while others wait to be accepted
	MaxHeader   int // 16 KiB: bytes of a request's line and header
	MaxBody     int // 1 MiB: bytes of a request's body; less than 1 GiB
	MaxBuffered int // 64 MiB: bytes of all requests that have begun, without 4 KiB of each

	IdleTime   time.Duration // 75 s: until a request begins, because some proxies keep connections for 60 s
	HeaderTime time.Duration // 10 s: from the first byte of a header to its last
	BodyTime   time.Duration // 10 s: from one piece of a body to the next
	AnswerTime time.Duration // 1 h: until the handler answers a client that has closed its side, and may be gone
	WriteTime  time.Duration // 30 s: until the client takes the next piece of a response
	LingerTime time.Duration // 2 s: from the end of the last response to the client's close
	Grace      time.Duration // 5 s: for requests that are under way when the server stops
}

const (
	acceptPause  = 50 * time.Millisecond // after an accept that failed: descriptors may have run out
	lingerBytes  = 256 << 10             // bytes that are read after the last response
	maxPipelined = 64 << 10              // bytes of requests that are read while one is answered
	maxUnwritten = 16 << 10              // bytes of responses that are joined for one write
)

// Serve returns a future that accepts connections from l and serves each in a task of its own, until stop is done, or
// somebody else closes l. The workers of the runtime get the connections in turn. A nil stop is never done.
//
// At the stop, the future closes l and the connections that are idle. It is done when the requests under way have been
// answered, or when Grace is over and it has closed their connections. Its error is that of stop, or wraps
// [tcp.ErrClosed] if somebody else has closed l.
//
// Drop closes l and the connections, those of another worker at the next turn of that worker. The future has a copy of s,
// so s may serve other listeners, too.
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

// A serving is the future that Serve returns. It accepts connections, and each of them is a task of one worker.
type serving struct {
	Server
	l     *tcp.Listener
	stop  future.Future[struct{}] // nil when it is done
	timer runtime.Timer           // the pause after a failed accept; while it is stopping, the grace
	next  int                     // the worker that gets the next connection
	done  bool
	err   error

	// Of all workers.
	stopping atomic.Bool
	buffered atomic.Int64 // bytes of requests, beyond the first 4 KiB of each
	date     atomic.Pointer[date]
	mu       sync.Mutex
	cx       *future.Context // of the last poll
	conns    map[*conn]struct{}
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
	rt, k := runtime.From(cx), &conn{s: s, c: c}
	k.loop = k.serve()
	s.mu.Lock()
	s.conns[k] = struct{}{}
	s.mu.Unlock()
	k.task = runtime.SpawnOn(rt, s.next, k) // without the lock: a runtime that is shut down drops k at once
	s.next = (s.next + 1) % rt.Workers()
}

// begun is called at a connection's first poll.
func (s *serving) begun(c *conn, cx *future.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.cx = cx
}

// beginStop closes the listener and wakes the connections, which then look at stopping.
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

// ended is called by its worker when a connection has been closed. It wakes the task that accepts if that can go on now.
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
		if len(mine) > 0 { // an answer's Drop has panicked, and the others have to be closed
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
