package http

import (
	"io"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"ch10/future"
	"ch10/runtime"
	"ch10/tcp"
)

// A conn serves one connection: it is a task. Round by round it handles the requests that have
// arrived, writes the responses, and reads. Whichever of these has to wait ends the poll.
type conn struct {
	s          *serving
	c          *tcp.Conn // nil when it is over
	task       *runtime.JoinHandle[struct{}]
	cx         *future.Context // nil before the first poll
	prev, next *conn           // in the server's ring

	in      *buffer // what has been read; nil when it has all been handled
	handled int     // where in it the next request begins
	out     *buffer // what is to be written; nil when it has been
	written int     // of it
	tail    []byte  // to be written after out: a long body

	request Request                 // the last that has arrived, or a part of the next
	answer  future.Future[Response] // nil: there is no request to be answered

	last   bool // there will be no more requests
	linger bool // all has been written, and the client has been told so
	unread int  // bytes that came since then

	timer runtime.Timer
	armed time.Duration // when the timer fires
	phase phase
	since time.Duration // when the phase began
	now   time.Duration // when the poll began
}

// A phase is what a connection waits for, with a limit to each but answering.
type phase uint8

const (
	working phase = iota
	idle
	receiving
	answering
	halfClosed // and answering
	writing
	lingering
)

func (p phase) limit() time.Duration {
	return [...]time.Duration{idle: idleTime, receiving: requestTime, halfClosed: idleTime, writing: writeTime, lingering: lingerTime}[p]
}

var began = time.Now()

func (c *conn) Poll(cx *future.Context) (none struct{}, err error) {
	if c.c == nil {
		panic(future.PolledAfterCompletion)
	}
	c.cx, c.now = cx, time.Since(began)
	if c.progress(cx) == future.NotReady {
		return none, future.NotReady
	}
	c.Drop() // a connection that breaks is no error of the server's
	return none, nil
}

// Drop closes the connection.
func (c *conn) Drop() {
	if c.c == nil {
		return
	}
	c.timer.Stop()
	c.c.Close()
	c.c = nil
	c.s.ended(c)
	c.out = c.out.release()
	if f := c.answer; f != nil {
		c.answer, c.in = nil, nil // a goroutine may still be using the request's body
		future.Drop(f)
	}
	c.in = c.in.release()
}

// progress returns future.NotReady, or why the connection is over.
func (c *conn) progress(cx *future.Context) (err error) {
	for range 32 {
		for !c.last && !c.full() && (c.answer != nil || c.begin()) && c.respond(cx) {
		}
		if c.out != nil || len(c.tail) > 0 {
			err = c.write(cx)
		} else {
			err = c.read(cx)
		}
		if err != nil {
			return err
		}
	}
	cx.Waker().Wake() // now it's the others' turn
	return future.NotReady
}

// full reports whether the client has to read before there are more responses.
func (c *conn) full() bool { return len(c.tail) > 0 || c.out != nil && len(c.out.b) >= maxPipelined }

// begin hands the next request to the handler. It returns false if there is none.
func (c *conn) begin() bool {
	if c.in == nil {
		return false
	}
	r, n, refused := parseRequest(c.in.b[c.handled:])
	c.request = r
	if refused != nil {
		c.refuse(refused)
	}
	if n == 0 {
		return false
	}
	c.handled += n
	defer c.recover()
	c.answer = c.s.Handler(&c.request)
	return true
}

// respond writes the response into out. It returns false if there is none yet, and after the last.
func (c *conn) respond(cx *future.Context) bool {
	defer c.recover()
	r, err := c.answer.Poll(cx)
	if err == future.NotReady {
		return false
	}
	c.answer = nil
	if err == nil {
		err = r.complete()
	}
	if err != nil {
		c.s.logf("%s %s: %v", c.request.Method, c.request.Target, err)
		r = errorResponse(errInternal)
	}
	c.last = c.request.close || c.s.stopping
	c.append(r)
	return !c.last
}

// recover answers the request of a handler that has panicked.
func (c *conn) recover() {
	r := recover()
	if r == nil {
		return
	}
	c.s.logf("%s %s: panic: %v\n%s", c.request.Method, c.request.Target, r, debug.Stack())
	f := c.answer
	c.answer = nil
	c.refuse(errInternal)
	if f != nil {
		future.Drop(f)
	}
}

// refuse writes the last response.
func (c *conn) refuse(r *refusal) {
	c.last = true
	c.append(errorResponse(r))
}

func errorResponse(r *refusal) Response {
	return Response{Status: r.status, Type: plainText, Body: []byte(r.why + "\n")}
}

// write writes once.
func (c *conn) write(cx *future.Context) error {
	rest := c.tail
	if c.out != nil {
		rest = c.out.b[c.written:]
	}
	n, err := c.c.PollWrite(cx, rest)
	switch {
	case err == future.NotReady:
		return c.wait(cx, writing)
	case err != nil:
		return err
	}
	c.phase = working
	if c.out == nil {
		c.tail = c.tail[n:]
	} else if c.written += n; c.written == len(c.out.b) {
		c.out, c.written = c.out.release(), 0
	}
	return nil
}

// read reads once. If there is nothing, it decides what that means.
func (c *conn) read(cx *future.Context) error {
	if c.last && !c.linger {
		// The response would be lost if the client were still sending: closing now would
		// reset the connection. So the client has to close it, too, or its time is over.
		if err := c.c.CloseWrite(); err != nil {
			return err
		}
		c.linger, c.handled = true, 0
		c.in = c.in.release()
	}
	if c.answer != nil && c.in != nil && len(c.in.b)-c.handled >= maxPipelined {
		c.phase = answering
		return c.c.PollBroken(cx)
	}
	n, err := c.c.PollRead(cx, c.room())
	c.in.b = c.in.b[:len(c.in.b)+n]
	ended := err == io.EOF && c.answer != nil
	switch {
	case err == nil && c.linger:
		c.in.b = c.in.b[:0]
		if c.unread += n; c.unread > lingerBytes {
			return io.EOF
		}
		return nil
	case err != future.NotReady && !ended:
		return err
	}
	if len(c.in.b) == 0 {
		c.in = c.in.release()
	}
	switch {
	case ended: // it may want the answer still. Or it has gone, which can't be told from that
		if err = c.c.PollBroken(cx); err == future.NotReady {
			err = c.wait(cx, halfClosed)
		}
		return err
	case c.linger:
		return c.wait(cx, lingering)
	case c.answer != nil:
		c.phase = answering
		return err
	case c.in != nil:
		if err = c.wait(cx, receiving); err == errTimedOut {
			c.refuse(errTimedOut)
			err = nil
		}
		return err
	case c.s.stopping:
		return io.EOF
	}
	return c.wait(cx, idle)
}

// room returns where in c.in there is room. A body that a handler may look at stays where it is.
func (c *conn) room() []byte {
	if c.in == nil {
		c.in = connBuffers.Get().(*buffer)
	}
	if c.handled > 0 && (c.answer == nil || len(c.request.Body) == 0) {
		c.in.b = append(c.in.b[:0], c.in.b[c.handled:]...)
		c.handled = 0
	}
	if len(c.in.b) == cap(c.in.b) {
		c.in.b = slices.Grow(c.in.b, len(c.in.b))
	}
	return c.in.b[len(c.in.b):cap(c.in.b)]
}

// wait returns future.NotReady, or errTimedOut if the phase has lasted for too long. The timer is
// set only if it would fire too late: one that fires too early costs less than setting it
// for each request.
func (c *conn) wait(cx *future.Context, p phase) error {
	if c.phase != p {
		c.phase, c.since = p, c.now
	}
	end := c.since + p.limit()
	if c.now >= end {
		return errTimedOut
	}
	if !c.timer.IsSet() || c.timer.Expired(cx) || end < c.armed {
		c.timer.Set(cx, end-c.now)
		c.armed = end
	}
	return future.NotReady
}

// A buffer is there while there is something in it: thousands of connections that are idle share
// a few.
type buffer struct{ b []byte }

var connBuffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, 4<<10)} }}

// release gives b back, if there is one.
func (b *buffer) release() *buffer {
	if b != nil && cap(b.b) <= 2*maxPipelined {
		b.b = b.b[:0]
		connBuffers.Put(b)
	}
	return nil
}
