package http

import (
	"os"
	"sync"
	"time"

	"ch10/future"
	"ch10/runtime"
	"ch10/tcp"
)

// A conn is a task that serves one connection.
type conn struct {
	s    *serving
	c    *tcp.Conn               // nil when it is over
	loop future.Future[struct{}] // see serve
	task *runtime.JoinHandle[struct{}]
	cx   *future.Context                    // nil before the first poll; set with s.mu held
	poll func(*conn, *future.Context) error // of the step that loop waits for

	in      *buffer                 // bytes from the client; nil when all have been handled
	handled int                     // index in them of the next header, or of the body that is being read
	request Request                 // the last one, or as much of its header as has arrived
	live    bool                    // request has a whole header, and no response yet
	chunks  *chunked                // of the request's body; nil: it doesn't come in chunks
	answer  future.Future[Response] // the handler's; nil: none is pending

	out     *buffer   // bytes for the client; nil when all have been written
	long    *Response // whose body follows out; nil: none does
	written int       // bytes of out, or else of long

	last   bool // there will be no more requests
	unread int  // bytes that came after the last response

	now   time.Duration // when the poll began, since began
	end   time.Duration // when the client's time is over; 0: it begins with the next wait
	timer runtime.Timer
	armed time.Duration // when the timer fires
}

var began = time.Now()

func (c *conn) Poll(cx *future.Context) (none struct{}, err error) {
	c.now = time.Since(began)
	if c.cx == nil {
		c.s.begun(c, cx)
	}
	if _, err = c.loop.Poll(cx); err != future.NotReady {
		c.Drop()
		err = nil // a connection that breaks is no error of the server
	}
	return none, err
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

// wait returns future.NotReady, or os.ErrDeadlineExceeded if the client has taken longer than d. It sets the timer only
// if that would fire too late. A timer that fires too early costs less than setting it for each request.
func (c *conn) wait(cx *future.Context, d time.Duration) error {
	if c.end == 0 {
		c.end = c.now + d
	}
	if c.now >= c.end {
		return os.ErrDeadlineExceeded
	}
	if !c.timer.IsSet() || c.timer.Expired(cx) || c.end < c.armed {
		c.timer.Set(cx, c.end-c.now)
		c.armed = c.end
	}
	return future.NotReady
}

// read reads once, and appends to in.
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

// write writes out, and then the body of long.
func (c *conn) write(cx *future.Context) error {
	for c.out != nil || c.long != nil {
		var piece []byte
		if c.out != nil {
			piece = c.out.b[c.written:]
		} else {
			piece = c.long.piece(c.written)
		}
		n, err := c.c.PollWrite(cx, piece)
		if err == future.NotReady {
			return c.wait(cx, c.s.WriteTime)
		} else if err != nil {
			return err
		}
		c.end = 0
		c.written += n
		if c.out != nil && c.written == len(c.out.b) {
			c.out, c.written = c.out.release(), 0
		} else if c.out == nil && c.written == c.long.Length {
			c.long, c.written = nil, 0
		}
	}
	return nil
}

// A buffer is in use while there is something in it, so that thousands of idle connections share a few.
type buffer struct{ b []byte }

const bufferSize = 4 << 10

var connBuffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, bufferSize)} }}

// release gives b back, if there is one, and returns nil. Large ones are left to the collector.
func (b *buffer) release() *buffer {
	if b != nil && cap(b.b) <= 2*maxUnwritten {
		b.b = b.b[:0]
		connBuffers.Put(b)
	}
	return nil
}

// count adds n bytes to those of all requests.
func (s *serving) count(n int64) {
	if n != 0 { // it is 0 for nearly all
		s.buffered.Add(n)
	}
}

// beyond is how much b counts for MaxBuffered.
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
