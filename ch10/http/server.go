package http

import (
	"errors"
	"fmt"
	"io"
	"time"

	"ch10/future"
	"ch10/runtime"
	"ch10/tcp"
)

// A Handler begins to answer a request. It doesn't wait for anything: what it returns does. An
// error or a panic of either is logged, and the client gets the status 500.
//
// The future is dropped when the client has reset its connection. One that has only said that it
// will send no more gets its response.
type Handler func(*Request) future.Future[Response]

// A Server serves HTTP/1.1 and 1.0: persistent connections and pipelining, but neither
// Transfer-Encoding nor Expect. It is strict about what it is sent, and has a
// limit for everything that a client can make it keep, or wait for.
type Server struct {
	Handler  Handler
	Log      io.Writer     // what went wrong here; nil: nowhere. What a client does wrong it is told
	MaxConns int           // at the same time; others wait to be accepted. 0: 10,000
	Grace    time.Duration // for requests that are under way when the server stops. 0: 5 s
}

// Tests shorten these.
var (
	acceptPause  = 50 * time.Millisecond // when the system has no more descriptors
	requestTime  = 10 * time.Second      // from a request's first byte to its last
	idleTime     = 60 * time.Second      // between requests
	writeTime    = 30 * time.Second      // while the client takes nothing of a response
	lingerTime   = 2 * time.Second       // from the end of the last response to the client's end
	lingerBytes  = 256 << 10             // that are read meanwhile
	maxPipelined = 64 << 10              // bytes of responses, or requests, before the client has to read
)

// Serve returns a future that accepts connections from l and serves each in a task of its own,
// until stop is done; a nil stop never is. Then it closes l and the connections that are idle,
// lets the requests that are under way finish, though not for longer than Grace, and is done when
// there are no more connections. The error is stop's, or tcp.ErrClosed if somebody else has
// closed l.
//
// Drop closes l and every connection at once.
func (s *Server) Serve(l *tcp.Listener, stop future.Future[struct{}]) future.Future[struct{}] {
	v := &serving{Server: *s, l: l, stop: stop}
	if v.MaxConns == 0 {
		v.MaxConns = 10_000
	}
	if v.Grace == 0 {
		v.Grace = 5 * time.Second
	}
	v.conns.next, v.conns.prev = &v.conns, &v.conns
	return v
}

// A serving belongs to the worker, and so do its connections: there are no locks.
type serving struct {
	Server
	l     *tcp.Listener
	stop  future.Future[struct{}] // nil when it is done
	cx    *future.Context         // of the last poll
	conns conn                    // the ring of all connections
	n     int                     // how many there are

	timer    runtime.Timer // a pause; or when it is stopping, the grace
	stopping bool
	done     bool
	err      error

	date   [len(dateFormat)]byte
	dateAt time.Duration // when that was; 0: never
}

func (s *serving) Poll(cx *future.Context) (none struct{}, err error) {
	if s.done {
		panic(future.PolledAfterCompletion)
	}
	s.cx = cx
	if s.stop != nil {
		if _, err := s.stop.Poll(cx); err != future.NotReady {
			s.stop = nil
			s.beginStop(err)
		}
	}
	if !s.stopping && (!s.timer.IsSet() || s.timer.Expired(cx)) {
		s.accept(cx)
	}
	if !s.stopping || s.n > 0 && !s.timer.Expired(cx) {
		return none, future.NotReady
	}
	s.Drop()
	return none, s.err
}

func (s *serving) accept(cx *future.Context) {
	s.timer.Stop()
	for range 64 {
		if s.n >= s.MaxConns {
			return // the end of a connection wakes it
		}
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
	cx.Waker().Wake() // there may be more, but others have their turn
}

func (s *serving) start(cx *future.Context, c *tcp.Conn) {
	k := &conn{s: s, c: c, prev: s.conns.prev, next: &s.conns}
	k.prev.next, k.next.prev = k, k
	s.n++
	k.task = runtime.SpawnHere(cx, k) // by the same worker, so that there is no lock
}

// beginStop accepts no more, and tells the connections.
func (s *serving) beginStop(err error) {
	s.stopping, s.err = true, err
	s.l.Close()
	s.timer.Set(s.cx, s.Grace)
	for c := s.conns.next; c != &s.conns; c = c.next {
		if c.cx != nil { // it looks at stopping
			c.cx.Waker().Wake()
		}
	}
}

// ended is called when a connection is closed.
func (s *serving) ended(c *conn) {
	c.prev.next, c.next.prev = c.next, c.prev
	if s.n--; !s.done && (s.n == s.MaxConns-1 || s.stopping && s.n == 0) {
		s.cx.Waker().Wake()
	}
}

// Drop closes the listener and all connections.
func (s *serving) Drop() {
	if s.done {
		return
	}
	s.done = true
	s.timer.Stop()
	s.l.Close()
	if stop := s.stop; stop != nil {
		s.stop = nil
		future.Drop(stop)
	}
	s.dropConns()
}

func (s *serving) dropConns() {
	defer func() {
		if s.n > 0 { // an answer's Drop has panicked: the others are closed all the same
			s.dropConns()
		}
	}()
	for s.n > 0 {
		c := s.conns.next
		c.task.Cancel() // which ends the task; what it had is gone by then
		c.Drop()
	}
}

func (s *serving) logf(format string, a ...any) {
	if s.Log != nil {
		fmt.Fprintf(s.Log, "http: "+format+"\n", a...)
	}
}
