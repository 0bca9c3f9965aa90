package http

import (
	"bytes"
	"os"
	"sync"
	"time"

	"ch10/future"
	"ch10/runtime"
	"ch10/tcp"
)

// A conn serves one connection: it is a task.
type conn struct {
	s    *serving
	date *date                   // of the worker
	c    *tcp.Conn               // nil when it is over
	loop future.Future[struct{}] // see serve
	task *runtime.JoinHandle[struct{}]
	cx   *future.Context                    // nil before the first poll. Set with s.mu held
	poll func(*conn, *future.Context) error // see step

	in      *buffer // what has been read; nil when it has all been handled
	handled int     // where in it the next header begins, or the body that is being read
	header  int     // length of the next header; 0: it isn't whole
	refused *refusal
	request Request                 // the last that has arrived, or a part of the next
	chunks  *chunked                // of its body
	live    bool                    // the request is in use, and so is what is before handled
	answer  future.Future[Response] // nil: there is no request to be answered

	out     *buffer   // what is to be written; nil when it has been
	long    *Response // after out, its body
	written int       // of out, or else of long

	last   bool // there will be no more requests
	eof    bool // from the client
	unread int  // bytes that came behind the last response

	timer runtime.Timer
	armed time.Duration // when the timer fires
	end   time.Duration // when the client's time is over
	now   time.Duration // when the poll began
}

var began = time.Now()

func (c *conn) Poll(cx *future.Context) (struct{}, error) {
	c.now = time.Since(began)
	if c.cx == nil {
		c.s.begun(c, cx)
	}
	if _, err := c.loop.Poll(cx); err == future.NotReady {
		return struct{}{}, err
	}
	c.Drop()
	return struct{}{}, nil // a connection that breaks is no error of the server's
}

// Drop closes the connection.
func (c *conn) Drop() {
	if c.c == nil {
		return
	}
	future.Drop(c.loop)
	c.timer.Stop()
	c.c.Close()
	c.c = nil
	c.s.ended(c)
	c.out = c.out.release()
	c.releaseIn()
	c.dropAnswer()
}

func (c *conn) dropAnswer() {
	f := c.answer
	c.answer = nil
	future.Drop(f)
}

// within sets how much time the client has.
func (c *conn) within(d time.Duration) { c.end = c.now + d }

// wait returns future.NotReady, or os.ErrDeadlineExceeded if the client's time is over. The timer is set only
// if it would fire too late: one that fires too early costs less than setting it for each request.
func (c *conn) wait(cx *future.Context) error {
	if c.now >= c.end {
		return os.ErrDeadlineExceeded
	}
	if !c.timer.IsSet() || c.timer.Expired(cx) || c.end < c.armed {
		c.timer.Set(cx, c.end-c.now)
		c.armed = c.end
	}
	return future.NotReady
}

// hasHeader reports whether the next header is there, or what can't become one.
func (c *conn) hasHeader() bool {
	if c.header > 0 || c.refused != nil || c.in == nil {
		return c.in != nil
	}
	for bytes.HasPrefix(c.in.b[c.handled:], endOfLine) { // RFC 9112, section 2.2: it is ignored
		c.handled += len(endOfLine)
	}
	if c.handled == len(c.in.b) {
		c.releaseIn()
		return false
	}
	c.request, c.header, c.refused = parseHeader(c.in.b[c.handled:], c.s.MaxHeader)
	return c.header > 0 || c.refused != nil
}

// read reads once, into c.in.
func (c *conn) read(cx *future.Context) error {
	if c.in == nil {
		c.in = connBuffers.Get().(*buffer)
		c.s.count(c.in.beyond())
	}
	b := c.in.b
	if !c.live && c.handled > 0 { // what a handler may look at stays where it is
		b, c.handled = append(b[:0], b[c.handled:]...), 0
	}
	if len(b) == cap(b) {
		more := len(b)
		if c.s.buffered.Add(int64(more)) > int64(c.s.MaxBuffered) {
			c.s.buffered.Add(-int64(more))
			return errBusy
		}
		b = append(make([]byte, 0, len(b)+more), b...)
	}
	n, err := c.c.PollRead(cx, b[len(b):cap(b)])
	if c.in.b = b[:len(b)+n]; len(c.in.b) == 0 {
		c.releaseIn()
	}
	return err
}

// write writes all that there is.
func (c *conn) write(cx *future.Context) error {
	for c.out != nil || c.long != nil {
		var piece []byte
		if c.out != nil {
			piece = c.out.b[c.written:]
		} else {
			piece = c.long.piece(c.written)
		}
		n, err := c.c.PollWrite(cx, piece)
		switch {
		case err == future.NotReady:
			return c.wait(cx)
		case err != nil:
			return err
		}
		c.within(c.s.WriteTime)
		c.written += n
		if c.out != nil && c.written == len(c.out.b) {
			c.out, c.written = c.out.release(), 0
		} else if c.out == nil && c.written == c.long.Length {
			c.long, c.written = nil, 0
		}
	}
	return nil
}

// isFull reports whether the client has to read before there are more responses.
func (c *conn) isFull() bool { return c.long != nil || c.out != nil && len(c.out.b) >= maxUnwritten }

// A buffer is there while there is something in it: thousands of connections that are idle share
// a few.
type buffer struct{ b []byte }

const bufferSize = 4 << 10

var connBuffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, bufferSize)} }}

// release gives b back, if there is one. Large ones are left to the collector.
func (b *buffer) release() *buffer {
	if b != nil && cap(b.b) > 0 && cap(b.b) <= 2*maxUnwritten {
		b.b = b.b[:0]
		connBuffers.Put(b)
	}
	return nil
}

// count changes what all connections have.
func (s *serving) count(n int64) {
	if n != 0 { // as for nearly all
		s.buffered.Add(n)
	}
}

// beyond is what counts for MaxBuffered.
func (b *buffer) beyond() int64 { return int64(cap(b.b) - bufferSize) }

func (c *conn) releaseIn() {
	if c.in != nil {
		c.s.count(-c.in.beyond())
		if c.answer == nil { // else a goroutine may still be using the request's body
			c.in.release()
		}
		c.in, c.handled = nil, 0
	}
}
