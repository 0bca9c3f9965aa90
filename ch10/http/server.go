package http

import (
	"cmp"
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
// until stop is done; a nil stop never is. Then it closes l and the connections that are idle,
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

// A serving belongs to the worker, and so do its connections: there are no locks.
type serving struct {
	Server
	l        *tcp.Listener
	stop     future.Future[struct{}] // nil when it is done
	cx       *future.Context         // of the last poll
	conns    map[*conn]struct{}
	buffered int // bytes of requests, beyond the first 4 KiB of each

	timer    runtime.Timer // a pause; or when it is stopping, the grace
	stopping bool
	done     bool
	err      error

	date    string
	dateEnd time.Duration // when the second is over that date names
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
	if !s.stopping || len(s.conns) > 0 && !s.timer.Expired(cx) {
		return none, future.NotReady
	}
	s.Drop()
	return none, s.err
}

func (s *serving) accept(cx *future.Context) {
	s.timer.Stop()
	for len(s.conns) < s.MaxConns { // the end of a connection wakes it
		c, err := s.l.PollAccept(cx)
		switch {
		case err == nil:
			k := &conn{s: s, c: c}
			s.conns[k] = struct{}{}
			k.loop = k.serve()
			k.task = runtime.Spawn(runtime.From(cx), k)
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

// beginStop accepts no more, and tells the connections.
func (s *serving) beginStop(err error) {
	s.stopping, s.err = true, err
	s.l.Close()
	s.timer.Set(s.cx, s.Grace)
	for c := range s.conns {
		if c.cx != nil { // it looks at stopping
			c.cx.Waker().Wake()
		}
	}
}

// ended is called when a connection is closed.
func (s *serving) ended(c *conn) {
	delete(s.conns, c)
	if n := len(s.conns); !s.done && (n == s.MaxConns-1 || s.stopping && n == 0) {
		s.cx.Waker().Wake()
	}
}

// Drop closes the listener and all connections.
func (s *serving) Drop() {
	defer func() {
		if len(s.conns) > 0 { // an answer's Drop has panicked: the others are closed all the same
			s.Drop()
		}
	}()
	s.done = true
	s.timer.Stop()
	s.l.Close()
	stop := s.stop
	s.stop = nil
	future.Drop(stop)
	for c := range s.conns {
		c.task.Cancel() // which ends the task; what it had is gone by then
		c.Drop()
	}
}

func (s *serving) logf(format string, a ...any) {
	if s.Log != nil {
		fmt.Fprintf(s.Log, "http: "+format+"\n", a...)
	}
}
