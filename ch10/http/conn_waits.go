package http

import (
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"ch10/future"
)

// A step is what a connection's coroutine waits for. The connection itself is its memory, and has the poll.
type step conn

func (f *step) Poll(cx *future.Context) (none struct{}, err error) {
	return none, f.poll((*conn)(f), cx)
}

func (c *conn) step(d time.Duration, poll func(*conn, *future.Context) error) *step {
	c.within(d)
	c.poll = poll
	return (*step)(c)
}

// writing is done when all has been written.
func (c *conn) writing() *step { return c.step(c.s.WriteTime, (*conn).write) }

// reading is done when there is a request, or it has been refused: there is no other response after that.
func (c *conn) reading() *step {
	d := c.s.IdleTime
	if c.in != nil {
		d = c.s.HeaderTime
	}
	return c.step(d, func(c *conn, cx *future.Context) error {
		err := c.readRequest(cx)
		if r, ok := err.(*refusal); ok {
			c.last = true
			c.append(errorResponse(r))
			return nil
		}
		return err
	})
}

func (c *conn) readRequest(cx *future.Context) error {
	for {
		if whole, err := c.takeRequest(); whole || err != nil {
			return err
		}
		if c.out != nil { // 100 Continue, and responses to requests before
			if err := c.write(cx); err != nil {
				return err
			}
			c.within(c.s.BodyTime)
		}
		idle := c.in == nil
		if idle && c.s.stopping.Load() {
			return io.EOF
		}
		switch err := c.read(cx); {
		case err == future.NotReady:
			if err = c.wait(cx); err == os.ErrDeadlineExceeded && !idle {
				err = errTimedOut
			}
			return err
		case err != nil:
			return err
		case idle:
			c.within(c.s.HeaderTime)
		case c.live:
			c.within(c.s.BodyTime)
		}
	}
}

// takeRequest moves what has been read to the request. It returns false if there is to be more.
func (c *conn) takeRequest() (whole bool, err error) {
	if !c.live {
		switch {
		case !c.hasHeader():
			return false, nil
		case c.refused != nil:
			return false, c.refused
		case c.request.length > c.s.MaxBody:
			return false, errLongBody
		case c.request.chunked:
			c.chunks = new(chunked)
		}
		c.handled += c.header
		c.header, c.live, c.request.conn = 0, true, c.c
		if c.within(c.s.BodyTime); c.request.expects && (c.request.chunked || c.request.length > 0) && c.handled == len(c.in.b) {
			c.output("HTTP/1.1 100 Continue\r\n\r\n")
		}
	}
	b, n := c.in.b[c.handled:], max(c.request.length, 0)
	if c.chunks != nil {
		n = len(c.request.Body)
		body, rest, whole, err := c.chunks.add(b[:n], b[n:])
		if n = len(body); err != nil {
			return false, &refusal{http.StatusBadRequest, err.Error()}
		} else if n > c.s.MaxBody {
			return false, errLongBody
		}
		b = append(body, rest...)
		c.in.b = append(c.in.b[:c.handled], b...)
		if c.request.Body = b; !whole {
			return false, nil
		}
		c.chunks = nil
	}
	if len(b) < n {
		return false, nil
	}
	c.request.Body = b[:n:n]
	c.handled += n
	return true, nil
}

// answering is done when the handler has answered the request, and its response is to be written.
func (c *conn) answering() *step { return c.step(c.s.WriteTime, (*conn).respond) }

func (c *conn) respond(cx *future.Context) error {
	r, err := c.pollAnswer(cx)
	if err == nil {
		c.last = c.request.close || c.s.stopping.Load()
		c.append(r)
		if c.live = false; c.handled == len(c.in.b) {
			c.releaseIn()
		}
		return nil
	}
	if err = c.write(cx); err != nil {
		return err
	}
	for !c.eof && len(c.in.b)-c.handled < maxPipelined { // some systems tell of a reset only who reads
		if err = c.read(cx); err == io.EOF {
			c.eof = true
			c.within(c.s.AnswerTime)
		} else if err == errBusy {
			break
		} else if err != nil {
			return err
		}
	}
	if err = c.c.PollBroken(cx); err == future.NotReady && c.eof {
		err = c.wait(cx)
	}
	return err
}

// pollAnswer makes a response of an error, and of a panic.
func (c *conn) pollAnswer(cx *future.Context) (r Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.s.logf("%s %s: panic: %v\n%s", c.request.Method, c.request.Target, p, debug.Stack())
			r, err, c.request.close = internalError, nil, true
			c.dropAnswer()
		}
	}()
	if c.answer == nil {
		if c.answer = c.s.Handler(&c.request); c.answer == nil {
			panic("the handler returned no future")
		}
	}
	if r, err = c.answer.Poll(cx); err == future.NotReady {
		return r, err
	}
	c.answer = nil
	if err == nil {
		err = r.complete()
	}
	if err != nil {
		c.s.logf("%s %s: %v", c.request.Method, c.request.Target, err)
		r = internalError
	}
	return r, nil
}

// lingering is done when the client has closed the connection, or its time is over.
func (c *conn) lingering() *step {
	c.live = false
	c.releaseIn()
	return c.step(c.s.LingerTime, (*conn).linger)
}

func (c *conn) linger(cx *future.Context) error {
	if err := c.c.CloseWrite(); err != nil {
		return err
	}
	for c.unread <= lingerBytes {
		if err := c.read(cx); err == future.NotReady {
			return c.wait(cx)
		} else if err != nil {
			return err
		}
		c.unread += len(c.in.b)
		c.in.b = c.in.b[:0]
	}
	return nil
}
